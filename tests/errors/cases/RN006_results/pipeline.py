from runnable import Pipeline, PythonTask
def f():
    return 3
def main():
    p = Pipeline(steps=[PythonTask(name="f", function=f, returns=["x"])])
    r = p.execute()
    print(r.outputs["x"])
    return p
if __name__ == "__main__": main()
