from runnable import Pipeline, Stub, command

Pipeline(steps=[Stub(name="step")], notify=[command("echo told; exit 3", on="always", retry=0)]).execute()
