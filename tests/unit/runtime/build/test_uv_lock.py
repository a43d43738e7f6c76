"""What pip gets of a uv.lock: versions for this Python, hashes, and the files of other indices by their address."""

import hashlib
import subprocess
import sys
import threading
import zipfile
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from runnable_runtime.build import requirements
from runnable_runtime.build.requirements import RequirementsError

PROJECT = '[project]\nname = "it"\nversion = "1"\ndependencies = []\n'
HERE = f"python_full_version < '{sys.version_info.major}.{sys.version_info.minor + 1}'"
NEWER = f"python_full_version >= '{sys.version_info.major}.{sys.version_info.minor + 1}'"
PYPI, OTHER = "https://pypi.org/simple", "https://pypi.example.com/simple"


def package(name: str, version: str, index: str = PYPI, wheel: str = "py3-none-any", **more: str) -> str:
    """A package of a lock, with one wheel."""
    file = f"{name.replace('-', '_')}-{version}-{wheel}.whl"
    fields = {
        "version": f'"{version}"',
        "source": f'{{ registry = "{index}" }}',
        "wheels": f'[{{ url = "https://files.example.com/{file}", hash = "sha256:{name}{version}" }}]',
        **more,
    }
    return f'[[package]]\nname = "{name}"\n' + "".join(f"{key} = {value}\n" for key, value in fields.items() if value)


def locked(folder: Path, *packages: str, needs: str, extras: str = "") -> list[str]:
    """The lines for a project that needs that."""
    project = (
        f'[[package]]\nname = "it"\nversion = "1"\nsource = {{ virtual = "." }}\ndependencies = [{needs}]\n{extras}'
    )
    (folder / "uv.lock").write_text("version = 1\n" + project + "".join(packages))
    return requirements.locked(folder / "uv.lock", ["plots"] if extras else [])


def test_what_the_project_leads_to_has_its_version_and_hashes_and_what_only_developers_need_is_not_there(tmp_path):
    found = locked(
        tmp_path,
        package("pandas", "2.2", dependencies='[{ name = "numpy" }]'),
        package("numpy", "2.0"),
        package("matplotlib", "3.1"),
        package("pytest", "9.0"),
        needs='{ name = "pandas" }',
        extras='[package.optional-dependencies]\nplots = [{ name = "matplotlib" }]\n'
        '[package.dev-dependencies]\ndev = [{ name = "pytest" }]\n',
    )
    assert found == [
        "matplotlib==3.1 --hash=sha256:matplotlib3.1",
        "numpy==2.0 --hash=sha256:numpy2.0",
        "pandas==2.2 --hash=sha256:pandas2.2",
    ]


def test_of_what_is_locked_for_several_pythons_it_is_the_version_for_this_one(tmp_path):
    found = locked(
        tmp_path,
        package("numpy", "1.0", **{"resolution-markers": f'["{HERE}"]'}),
        package("numpy", "2.0", **{"resolution-markers": f'["{NEWER}"]'}),
        package("scipy", "1.0", dependencies='[{ name = "numpy" }]'),
        package("colorama", "1.0"),
        needs=f'{{ name = "scipy" }}, {{ name = "colorama", marker = "{NEWER}" }}',
    )
    assert found == ["numpy==1.0 --hash=sha256:numpy1.0", "scipy==1.0 --hash=sha256:scipy1.0"]


def test_this_distribution_is_in_the_image_and_its_extras_are_installed(tmp_path):
    found = locked(
        tmp_path,
        package(
            "runnable-pipelines",
            "9",
            **{"optional-dependencies": '{ notebook = [{ name = "nbclient" }], s3 = [{ name = "s3fs" }] }'},
        ),
        package("nbclient", "1.0"),
        package("s3fs", "1.0"),
        needs='{ name = "runnable-pipelines", extra = ["notebook"] }',
    )
    assert found == ["runnable-pipelines[notebook]", "nbclient==1.0 --hash=sha256:nbclient1.0"]


def test_a_package_of_another_index_is_the_file_there_and_is_asked_of_no_other(tmp_path, monkeypatch):
    text = package("secret-sauce", "1.0", OTHER)
    assert locked(tmp_path, text, needs='{ name = "secret-sauce" }') == [
        "secret-sauce @ https://files.example.com/secret_sauce-1.0-py3-none-any.whl --hash=sha256:secret-sauce1.0"
    ]
    monkeypatch.setenv("PIP_INDEX_URL", OTHER.replace("://", "://user:word@") + "/")
    assert locked(tmp_path, text, needs='{ name = "secret-sauce" }') == [
        "secret-sauce==1.0 --hash=sha256:secret-sauce1.0"
    ]


def test_the_file_is_the_one_for_this_python_and_else_the_source(tmp_path):
    sdist = '{ url = "https://files.example.com/fast-1.0.tar.gz", hash = "sha256:source" }'
    text = package("fast", "1.0", OTHER, wheel="cp27-cp27m-win32", sdist=sdist)
    assert locked(tmp_path, text, needs='{ name = "fast" }') == [
        "fast @ https://files.example.com/fast-1.0.tar.gz --hash=sha256:source"
    ]
    with pytest.raises(RequirementsError, match=r"has no file of fast 1\.0 for this Python and this system"):
        locked(tmp_path, package("fast", "1.0", OTHER, wheel="cp27-cp27m-win32"), needs='{ name = "fast" }')


def test_a_commit_has_no_hash_so_that_pip_cannot_be_asked_for_any_and_that_is_said(tmp_path, capsys):
    found = locked(
        tmp_path,
        package("forked", "0.1", source='{ git = "https://example.com/forked.git?branch=main#0123abc" }', wheels=""),
        package("numpy", "2.0"),
        package("secret-sauce", "1.0", OTHER),
        needs='{ name = "forked" }, { name = "numpy" }, { name = "secret-sauce" }',
    )
    assert found == [
        "forked @ git+https://example.com/forked.git@0123abc",
        "numpy==2.0",
        "secret-sauce @ https://files.example.com/secret_sauce-1.0-py3-none-any.whl#sha256=secret-sauce1.0",
    ]
    assert "hashes of uv.lock are not checked: forked is a commit" in capsys.readouterr().err


def test_a_package_in_a_folder_is_refused(tmp_path):
    (tmp_path / "uv.lock").write_text('[[package]]\nname = "lib"\nversion = "1"\nsource = { editable = "libs/lib" }\n')
    with pytest.raises(RequirementsError, match=r"uv\.lock has lib from libs/lib, which is not installed"):
        requirements.check_lock(tmp_path / "uv.lock")


# --- with pip, and two indices ---


def wheel(folder: Path, name: str, version: str, text: str) -> str:
    """A wheel with one module, in the page of an index; its hash."""
    page = folder / name
    page.mkdir(parents=True, exist_ok=True)
    file = page / f"{name}-{version}-py3-none-any.whl"
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr(f"{name}.py", text)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    (page / "index.html").write_text("".join(f'<a href="{w.name}">{w.name}</a>' for w in page.glob("*.whl")))
    return "sha256:" + hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.fixture
def served(tmp_path):
    """The address of what is below tmp_path."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def install(folder: Path, index: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "pip", "install", "-q", "--no-cache-dir", "--target", folder / "target",
               "--index-url", index, "-r", folder / "out" / "requirements.txt"]  # fmt: skip
    return subprocess.run(command, capture_output=True, text=True)


def test_pip_installs_the_private_package_and_not_a_newer_one_of_that_name_and_nothing_with_another_hash(
    tmp_path, served
):
    private = wheel(tmp_path / "private", "sauce", "1.0", "of = 'us'\n")
    wheel(tmp_path / "public", "sauce", "9.9", "of = 'somebody'\n")
    public = wheel(tmp_path / "public", "salt", "1.0", "of = 'the sea'\n")
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    text = "".join(
        f'[[package]]\nname = "{name}"\nversion = "1.0"\nsource = {{ registry = "{index}" }}\n'
        f'wheels = [{{ url = "{served}/{place}/{name}/{name}-1.0-py3-none-any.whl", hash = "{hash}" }}]\n'
        for name, index, place, hash in (
            ("sauce", f"{served}/private", "private", private),
            ("salt", PYPI, "public", public),
        )
    )
    (tmp_path / "uv.lock").write_text(
        '[[package]]\nname = "it"\nsource = { virtual = "." }\n'
        'dependencies = [{ name = "sauce" }, { name = "salt" }]\n' + text
    )
    requirements.main(str(tmp_path), str(tmp_path / "out"))
    ended = install(tmp_path, f"{served}/public")
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "target" / "sauce.py").read_text() == "of = 'us'\n"

    wheel(tmp_path / "public", "salt", "1.0", "of = 'somebody'\n")
    ended = install(tmp_path, f"{served}/public")
    assert ended.returncode != 0
    assert "DO NOT MATCH THE HASHES" in ended.stderr
