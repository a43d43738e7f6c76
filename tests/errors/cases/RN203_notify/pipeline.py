from runnable import Pipeline, Stub, email, secret, slack, webhook

Pipeline(
    steps=[Stub(name="step")],
    on_exit=Stub(name="clean up"),
    notify=[
        slack("hooks.example.com"),
        webhook("https://example.com", on="failed"),
        webhook("https://example.com", headers={"Authorization": 3}),
        webhook("https://example.com", headers={"Authorization": "Bearer " + secret("no name")}, name="third"),
        email([], sender="me@example.com", host="", port=0, password="open", encryption="ssl"),
        "tell me",
    ],
).execute()
