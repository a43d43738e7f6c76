from runnable import Approval, Parameter, Pipeline

Pipeline(
    steps=[
        Approval(
            name="ship",
            message=3,
            deadline="soon",
            answers=[
                Parameter(name="approved", type=bool),
                Parameter(name="a-b"),
                Parameter(name="copies", type=int, default="many"),
                "who",
            ],
        ),
        Approval(name="bill", answers={"copies": int}),
    ]
).execute()
