"""What may hold secrets gets into no image: by its name, by the configuration, unless .dockerignore asks for it."""

import pytest

from runnable.images.context import ContextFile, folder_files, ignored_patterns
from runnable.images.project import default_ignore, project_image
from runnable.images.secret_files import configured_paths, without_secrets

SECRET = [
    ".aws/credentials",
    ".env",
    ".env.production",
    ".git-credentials",
    ".kube/config",
    ".netrc",
    ".pypirc",
    ".ssh/id_ed25519",
    "deep/.config/gcloud/credentials.db",
    "deep/.docker/config.json",
    "deep/.env.local",
    "infra/.terraform/x",
    "infra/prod.tfstate",
    "infra/prod.tfstate.backup",
    "keys/server.key",
    "keys/server.pem",
    "keys/id_rsa",
    "kubeconfig",
    "vendored/.git/config",
]
HARMLESS = [".env.example", "environment.py", "keys/__init__.py", "pemmican.py", "ssh.py", "docker/config.json"]


def files(*paths):
    return {path: ContextFile(b"") for path in paths}


@pytest.mark.parametrize("path", SECRET)
def test_a_file_that_may_hold_secrets_is_left_out_and_named(path):
    kept, note = without_secrets(files(path, "pipeline.py"), ())
    assert set(kept) == {"pipeline.py"}
    assert path in note


def test_what_only_looks_like_one_stays():
    assert without_secrets(files(*HARMLESS), ()) == (files(*HARMLESS), "")


@pytest.mark.parametrize("line", ["!certs/ca.pem", "!certs", "!**/ca.pem", "!*.pem", "!/certs/ca.pem"])
def test_a_line_of_the_dockerignore_takes_one_in(line):
    kept, note = without_secrets(files("certs/ca.pem", "key.key"), ("*.log", line))
    assert set(kept) == {"certs/ca.pem"}
    assert "key.key" in note


def test_many_are_counted():
    assert "and 14 more" in without_secrets(files(*SECRET), ())[1]


def test_what_the_configuration_names_is_left_out_too(tmp_path):
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\nversion = '1'\ndependencies = []\n")
    (tmp_path / "runnable.yaml").write_text(
        "secrets: {type: dotenv, config: {location: team/passwords}}\n"
        "run-log-store: {type: chunked-fs, config: {log_folder: logs}}\n"
    )
    for path in ("team/passwords", "team/steps.py", "logs/run/x.json", "pipeline.py", ".env.local"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert set(configured_paths(tmp_path)) == {"team/passwords", "logs"}
    image = project_image(tmp_path, "", ())
    assert {"team/steps.py", "pipeline.py"} <= set(image.context)
    assert not {"team/passwords", "logs/run/x.json", ".env.local"} & set(image.context)
    assert any("team/passwords" in note for note in image.notes)


def test_the_dockerignore_for_other_builders_leaves_them_out_too(tmp_path):
    (tmp_path / ".dockerignore").write_text(default_ignore())
    for path in (*SECRET, *HARMLESS):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).touch()
    assert set(folder_files(tmp_path, ignored_patterns(tmp_path))) - {".dockerignore"} == set(HARMLESS)
