from runnable import Map, Pipeline, Stub

Map(name='m', branch=Pipeline(steps=[Stub(name='a')]), iterate_on='xs', iterate_as='x')
