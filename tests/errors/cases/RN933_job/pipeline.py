from runnable import Approval, Pipeline

Pipeline(steps=[Approval(name="ship")]).execute()
