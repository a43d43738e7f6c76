from runnable import Pipeline, Stub, command

Pipeline(steps=[Stub(name="notify")], notify=[command("true")]).execute()
