"""Writing whole files."""

import os
import stat
import threading

from runnable_runtime.process.files import write_atomically


def test_a_pipe_is_written_to_and_stays_one(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    found = []
    reader = threading.Thread(target=lambda: found.append(pipe.read_text()))
    reader.start()
    write_atomically(pipe, "text")
    reader.join(20)
    assert found == ["text"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)


def test_a_link_stays_one_and_what_it_leads_to_is_written(tmp_path):
    (tmp_path / "folder").mkdir()
    file, link = tmp_path / "folder" / "file", tmp_path / "link"
    link.symlink_to(file)
    for text in ("first", "second"):
        write_atomically(link, text)
        assert (file.read_text(), link.readlink()) == (text, file)
    assert os.listdir(tmp_path / "folder") == ["file"]
