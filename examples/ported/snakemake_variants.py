"""Shell commands that make files of files, for each sample: the shape of Snakemake's tutorial of variant calling.

The commands are stand-ins that every machine has, for an aligner, a sorter and a caller.
"""

from runnable import Catalog, Map, Pipeline, PythonTask, ShellTask


def samples() -> list[str]:
    return ["A", "B", "C"]


def main():
    per_sample = Pipeline(
        steps=[
            ShellTask(
                name="map",
                command="mkdir -p mapped && printf 'read2 %s\\nread1 %s\\n' $sample $sample > mapped/$sample.sam",
                catalog=Catalog(put=["mapped/*.sam"]),
            ),
            ShellTask(
                name="sort",
                command="mkdir -p sorted && sort mapped/$sample.sam > sorted/$sample.bam",
                catalog=Catalog(get=["mapped/*.sam"], put=["sorted/*.bam"]),
            ),
        ]
    )
    pipeline = Pipeline(
        name="variants",
        steps=[
            PythonTask(name="samples", function=samples, returns=["samples"]),
            Map(name="each sample", branch=per_sample, iterate_on="samples", iterate_as="sample", max_parallel=1),
            ShellTask(
                name="call",
                command="mkdir -p calls && cat sorted/*.bam > calls/all.vcf && export n=$(wc -l < calls/all.vcf)",
                returns=["n"],
                catalog=Catalog(get=["sorted/*.bam"], put=["calls/all.vcf"]),
            ),
            ShellTask(name="plot", command='echo "$n variants"', catalog=Catalog(get=["calls/all.vcf"])),
        ],
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
