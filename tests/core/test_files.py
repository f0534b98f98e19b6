"""Files in and out: each bad file gives one line that names file and line, and a failed write loses nothing."""

import errno
import json
import os
import resource
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import NoReturn

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.core import files, jsonl, lenient_json
from harness.core.errors import FileError

ROW = b'{"id": "a"}\n'

BAD_FILES = {
    "empty": (b"", "the file is empty"),
    "spaces and line ends only": (b" \n\t\r\n\n", "the file is empty"),
    "byte order mark only": (b"\xef\xbb\xbf\r\n", "the file is empty"),
    "not UTF-8 on line 1": (b"\xff\xfe", " line 1: expected UTF-8, found byte 0xff"),
    "not UTF-8 on line 3": (b"a\nb\nc\xe0\xa4\nd\n", " line 3: expected UTF-8, found byte 0xe0"),
    "cut off inside a letter": ("एक\nदो".encode()[:-1], " line 2: expected UTF-8"),
    "Latin-1": (b"a\r\ncaf\xe9\r\n", " line 2: expected UTF-8, found byte 0xe9"),
    "NUL on line 2": (b"a\nb\0c\n", " line 2: expected text, found a NUL byte"),
    "UTF-16": ("a\nb".encode("utf-16"), " line 1: expected text, found a NUL byte"),
}


@contextmanager
def disk_that_holds(size: int) -> Iterator[None]:
    """Let no file grow beyond `size` bytes: the system call writes the part that fits, and the next call fails."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def no_space(*_: object, **__: object) -> NoReturn:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def one_line(error: pytest.ExceptionInfo[FileError]) -> str:
    message = str(error.value)
    assert "\n" not in message
    return message


class TestReading:
    @pytest.mark.parametrize("read", [files.read_text, files.read_lines, jsonl.read, files.read_json])
    @pytest.mark.parametrize(("content", "found"), BAD_FILES.values(), ids=BAD_FILES)
    def test_a_file_that_is_not_text_is_named_with_its_line(self, tmp_path, read, content, found):
        path = tmp_path / "outputs.jsonl"
        path.write_bytes(content)
        with pytest.raises(FileError) as error:
            read(path)
        assert one_line(error).startswith(str(path))
        assert found in one_line(error)

    def test_a_line_of_50_mb_is_named_and_not_parsed(self, tmp_path):
        path = tmp_path / "huge.jsonl"
        path.write_bytes(ROW * 2 + b"[" * 50_000_000 + b"\n" + ROW)
        with pytest.raises(FileError, match=r"huge\.jsonl line 3: expected lines of at most 10,000,000 bytes") as error:
            jsonl.read(path)
        assert "50,000,000" in one_line(error)

    def test_a_large_file_of_ordinary_lines_is_read(self, tmp_path):
        path = tmp_path / "many.txt"
        path.write_bytes((b"x" * 99 + b"\n") * 110_000)
        assert len(files.read_lines(path)) == 110_000

    @pytest.mark.parametrize("read", [files.read_text, files.read_lines, jsonl.read, files.read_json])
    def test_a_missing_file_a_folder_and_an_impossible_name_are_named(self, tmp_path, read):
        for path, found in [
            (tmp_path / "absent.txt", f"{tmp_path / 'absent.txt'}: no such file"),
            (tmp_path, f"{tmp_path}: expected a file, found a directory"),
            (Path("nul\0.txt"), "'nul\\x00.txt': not a file name"),
        ]:
            with pytest.raises(FileError) as error:
                read(path)
            assert found in one_line(error)

    def test_a_file_that_may_not_be_read_is_named_with_the_reason(self, tmp_path, monkeypatch):
        def denied(path: Path, mode: str) -> NoReturn:
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), str(path))

        monkeypatch.setattr(Path, "open", denied)
        with pytest.raises(FileError) as error:
            files.read_text(tmp_path / "secret.txt")
        assert one_line(error) == f"{tmp_path / 'secret.txt'}: could not read (Permission denied)"

    def test_the_text_is_unchanged(self, tmp_path):
        path = tmp_path / "article.txt"
        path.write_bytes("\ufeffएक\r\nदो\u00a0 \n".encode())
        assert files.read_text(path) == "\ufeffएक\r\nदो\u00a0 \n"

    @pytest.mark.parametrize(
        ("content", "lines"),
        [
            pytest.param("a\nb\n", ["a", "b"], id="plain"),
            pytest.param("a\nb", ["a", "b"], id="no line end at the end of the file"),
            pytest.param("a\r\nb\r\n", ["a", "b"], id="CRLF"),
            pytest.param("\ufeffa\nb\n", ["a", "b"], id="byte order mark"),
            pytest.param("a\n\nb\n\n", ["a", "", "b", ""], id="empty lines count"),
            pytest.param("a \n b\n", ["a ", " b"], id="spaces stay"),
            pytest.param(
                "a\u2028b\fc\u0085d\x0be\x1cf\rg\nh\n",
                ["a\u2028b\fc\u0085d\x0be\x1cf\rg", "h"],
                id="U+2028, form feed, CR within a line and the like end no line",
            ),
            pytest.param("a\rb\r", ["a", "b"], id="CR alone"),
            pytest.param("\ufeffa\r\rb", ["a", "", "b"], id="CR alone, an empty line, no line end at the end"),
            pytest.param("a\r", ["a"], id="one line that ends with CR"),
        ],
    )
    def test_lines_end_at_lf_and_crlf_or_at_cr_in_a_file_without_lf(self, tmp_path, content, lines):
        path = tmp_path / "lines.txt"
        path.write_bytes(content.encode())
        assert files.read_lines(path) == lines


class TestReadingJsonl:
    def rows(self, tmp_path: Path, content: str) -> tuple[list[tuple[int, dict]], list[str]]:
        path = tmp_path / "x.jsonl"
        path.write_bytes(content.encode())
        rows, problems = jsonl.read(path)
        return rows, [str(problem).removeprefix(f"{path} ") for problem in problems]

    @pytest.mark.parametrize(
        "content",
        [
            pytest.param('{"a": 1}\n{"b": "क"}\n', id="plain"),
            pytest.param('\ufeff{"a": 1}\r\n{"b": "क"}', id="BOM, CRLF, no final line end"),
        ],
    )
    def test_each_line_is_an_object_with_its_line_number(self, tmp_path, content):
        assert self.rows(tmp_path, content) == ([(1, {"a": 1}), (2, {"b": "क"})], [])

    def test_blank_lines_are_skipped_and_counted(self, tmp_path):
        assert self.rows(tmp_path, '\n{"a": 1}\n \t\n{"b": 2}\n')[0] == [(2, {"a": 1}), (4, {"b": 2})]

    @pytest.mark.parametrize(
        ("line", "found"),
        [
            pytest.param('{"a": 1', "bad JSON", id="cut off"),
            pytest.param('{"a": 1} {"b": 2}', "Extra data", id="two objects"),
            pytest.param("{'a': 1}", "col 2", id="single quotes"),
            pytest.param('{"a": "\t"}', "Invalid control character", id="raw tab"),
            pytest.param('{"a": 1, "a": 2}', "key 'a' stands twice", id="duplicate key"),
            pytest.param('{"b": {"a": 1, "a": 2}}', "key 'a' stands twice", id="duplicate key further in"),
            pytest.param("[1]", "found list", id="list"),
            pytest.param('"text"', "found str", id="string"),
            pytest.param("null", "found NoneType", id="null"),
            pytest.param("3", "found int", id="number"),
            pytest.param(
                "[" * 100_000, "bad JSON (lists or objects are nested too deeply)", id="nested beyond any sense"
            ),
            pytest.param(
                '{"a": ' + "9" * 5000 + "}", "bad JSON (a number has too many digits)", id="number of 5,000 digits"
            ),
            pytest.param('{"a": NaN}', "NaN", id="NaN, which JSON has not"),
            pytest.param(
                r'{"a": "\ud83d"}', "bad JSON (half of a surrogate pair)", id="half a character, which no file can hold"
            ),
        ],
    )
    def test_a_bad_line_is_reported_and_the_others_are_read(self, tmp_path, line, found):
        rows, problems = self.rows(tmp_path, f'{{"id": 1}}\n{line}\n{{"id": 3}}\n')
        assert rows == [(1, {"id": 1}), (3, {"id": 3})]
        (problem,) = problems
        assert problem.startswith("line 2: expected one JSON object")
        assert found in problem

    def test_all_bad_lines_are_reported_in_order(self, tmp_path):
        problems = self.rows(tmp_path, '{\n{"a": 1}\n[]\n\n{"b": 1, "b": 1}\n')[1]
        assert [problem.split(":")[0] for problem in problems] == ["line 1", "line 3", "line 5"]

    @pytest.mark.parametrize(
        ("value", "unusable"),
        [("NaN", "NaN, which is not JSON"), ("-Infinity", "-Infinity, which is not JSON"),
         ("9" * 5000, "a number of 5,000 digits"), ('1, "a": 2', "a key that stands twice")],
        ids=["NaN", "-Infinity", "5,000 digits", "doubled key"],
    )  # fmt: skip
    def test_a_tolerant_reader_marks_a_value_that_cannot_be_used_and_reads_the_rest(self, tmp_path, value, unusable):
        path = tmp_path / "x.jsonl"
        path.write_text(f'{{"id": 1, "a": {value}}}\n{{"id": 2}}\n[]\n', encoding="utf-8")
        rows, problems = jsonl.read(path, tolerant=True)
        assert rows == [(1, {"id": 1, "a": lenient_json.Unusable(unusable)}), (2, {"id": 2})]
        assert [problem.where for problem in problems] == [f"{path} line 3"]

    def test_half_of_a_surrogate_pair_is_detected(self):
        assert lenient_json.is_unicode("भारत \U0001f600") and not lenient_json.is_unicode("\ud83d")

    @pytest.mark.parametrize(
        ("content", "fault"),
        [
            pytest.param("a text", "text that is not JSON (line 1, column 1: Expecting value)", id="text"),
            pytest.param(
                '{"a": 1,\n "b" 2}', "text that is not JSON (line 2, column 6: Expecting ':' delimiter)", id="JSON"
            ),
            pytest.param("[" * 100_000, "bad JSON (lists or objects are nested too deeply)", id="100,000 lists"),
            pytest.param("9" * 5_000, "bad JSON (a number has too many digits)", id="5,000 digits"),
        ],
    )
    def test_a_json_file_that_is_not_json_is_named_with_the_place_and_the_next_step(self, tmp_path, content, fault):
        path = tmp_path / "scores.json"
        path.write_text(content, encoding="utf-8")
        with pytest.raises(FileError) as caught:
            files.read_json(path)
        assert str(caught.value) == f"{path}: expected JSON, found {fault}; restore the file or delete it"


class TestWritingWhole:
    def test_the_text_arrives_unchanged_in_folders_that_are_made_for_it(self, tmp_path):
        path = tmp_path / "a" / "b" / "table.txt"
        files.write_text(path, "एक\r\nदो\n\ufeff")
        assert path.read_bytes() == "एक\r\nदो\n\ufeff".encode()

    def test_no_temporary_file_stays(self, tmp_path):
        files.write_text(tmp_path / "x", "1")
        files.write_text(tmp_path / "x", "2")
        assert [(file.name, file.read_text(encoding="utf-8")) for file in tmp_path.iterdir()] == [("x", "2")]

    def test_everybody_can_read_the_file(self, tmp_path):
        files.write_text(tmp_path / "x", "1")
        assert (tmp_path / "x").stat().st_mode & 0o777 == 0o644

    @pytest.mark.parametrize("step", ["write", "fsync", "rename"])
    def test_a_full_disk_leaves_the_old_file_and_nothing_else(self, tmp_path, monkeypatch, step):
        path = tmp_path / "scores.json"
        path.write_text("old", encoding="utf-8")
        with pytest.raises(FileError) as error, monkeypatch.context() as patch:
            if step == "fsync":
                patch.setattr(os, "fsync", no_space)
            if step == "rename":
                patch.setattr(Path, "replace", no_space)
            with disk_that_holds(1000) if step == "write" else nullcontext():
                files.write_text(path, "new" * 100_000)
        assert [(file.name, file.read_text(encoding="utf-8")) for file in tmp_path.iterdir()] == [
            ("scores.json", "old")
        ]
        reason = "File too large" if step == "write" else "No space left on device"
        assert one_line(error).startswith(f"{path}: could not write ({reason})")
        assert "what was saved before is intact" in one_line(error)

    @pytest.mark.parametrize(
        ("text", "failure"),
        [("text", KeyboardInterrupt), ("half a character: \ud83d", Exception)],
        ids=["interrupted", "text that UTF-8 cannot hold"],
    )
    def test_any_other_error_leaves_the_old_file_and_nothing_else(self, tmp_path, monkeypatch, text, failure):
        def interrupted(_: int) -> NoReturn:
            raise KeyboardInterrupt

        path = tmp_path / "scores.json"
        path.write_text("old", encoding="utf-8")
        with monkeypatch.context() as patch:
            if failure is KeyboardInterrupt:
                patch.setattr(os, "fsync", interrupted)
            with pytest.raises(failure):
                files.write_text(path, text)
        assert [(file.name, file.read_text(encoding="utf-8")) for file in tmp_path.iterdir()] == [
            ("scores.json", "old")
        ]

    def test_a_file_in_place_of_the_folder_is_one_line(self, tmp_path):
        (tmp_path / "results").write_text("a file", encoding="utf-8")
        with pytest.raises(FileError, match="could not write"):
            files.write_text(tmp_path / "results" / "x.json", "{}")

    def test_a_file_that_a_killed_process_left_is_recognised(self, tmp_path, monkeypatch):
        with monkeypatch.context() as patch:
            patch.setattr(Path, "chmod", lambda *_: os._exit(9))  # between writing and renaming
            if (child := os.fork()) == 0:
                files.write_text(tmp_path / "x.json", "{}")
            assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9
        (left,) = tmp_path.iterdir()
        assert files.is_unfinished(left)
        (tmp_path / "x.json").write_text("{}", encoding="utf-8")
        assert not files.is_unfinished(tmp_path / "x.json")

    def test_a_folder_in_place_of_the_file_is_one_line_and_leaves_nothing(self, tmp_path):
        (tmp_path / "x.json").mkdir()
        with pytest.raises(FileError, match="could not write"):
            files.write_text(tmp_path / "x.json", "{}")
        assert [file.name for file in tmp_path.iterdir()] == ["x.json"]

    def test_a_read_only_folder_is_one_line(self, tmp_path, monkeypatch):
        def read_only(*_: object, **__: object) -> NoReturn:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))

        monkeypatch.setattr("tempfile.NamedTemporaryFile", read_only)
        with pytest.raises(FileError, match=r"x\.json: could not write \(Read-only file system\).*--results"):
            files.write_text(tmp_path / "x.json", "{}")


class TestDigests:
    @pytest.mark.parametrize("data", ["अ", "अ".encode()], ids=["text", "bytes"])
    def test_a_digest_is_the_sha256_that_other_tools_print(self, data):
        # printf अ | sha256sum
        assert files.digest(data) == "46e609d1a3a1624fb7e9f65fc56cbdd09d15980fb4a4b8e13dc195617bdeade6"

    def test_key_order_and_spacing_do_not_change_a_digest(self):
        first = json.loads('{"a": 1, "b": {"c": [1, 2], "d": "क"}}')
        second = json.loads('{"b":{"d":"\\u0915","c":[1,2]},"a":1}')
        assert files.digest_json(first) == files.digest_json(second)
        assert files.digest_json(first) == files.digest('{"a":1,"b":{"c":[1,2],"d":"क"}}')

    @pytest.mark.parametrize(
        "other",
        [{"a": [2, 1]}, {"a": ["1", 2]}, {"b": [1, 2]}, {"a": [1, 2], "b": None}, {"a": [True, 2]}],
        ids=["order of a list", "type", "key", "one key more", "true for 1"],
    )
    def test_every_difference_in_content_changes_a_digest(self, other):
        assert files.digest_json({"a": [1, 2]}) != files.digest_json(other)

    @pytest.mark.parametrize("items", [[], [1], ["क", {"b": 1, "a": [None]}], [[], {}]], ids=str)
    def test_the_digest_of_items_is_that_of_their_list(self, items: list[object]) -> None:
        assert files.digest_items(iter(items)) == files.digest_json(items)

    @pytest.mark.parametrize("encode", [files.dumps, files.digest_json])
    @pytest.mark.parametrize("value", [float("nan"), float("inf"), [float("-inf")]], ids=str)
    def test_numbers_that_json_does_not_have_are_refused(self, encode, value):
        with pytest.raises(ValueError, match="not JSON compliant"):
            encode(value)

    def test_devanagari_stays_readable(self):
        assert files.dumps({"text": "भारत"}) == '{"text": "भारत"}'


def test_json_is_read_whatever_the_length_of_its_lines(tmp_path):
    # The statistics of a large test set are one line of more than the 10 MB that a text file's line may have.
    path = tmp_path / "scores.json"
    path.write_text(files.dumps(["x" * 11_000_000]), encoding="utf-8")
    assert len(files.read_json(path)[0]) == 11_000_000


PRETTY = """{
 "name": "भारत",
 "rows": [
  [
   [1, 2.5],
   [3, 4]
  ],
  []
 ],
 "long": [
  "aaaaaaaaaaaaaaaaaaaaaaaa",
  "bbbbbbbbbbbbbbbbbbbbbbbb"
 ],
 "short": {"a": null, "b": true}
}
"""


def test_pretty_json_has_lists_of_numbers_and_short_values_on_one_line():
    value = {
        "name": "भारत",
        "rows": [[[1, 2.5], [3, 4]], []],
        "long": ["a" * 24, "b" * 24],
        "short": {"a": None, "b": True},
    }
    assert files.pretty(value, width=40) == PRETTY
    assert files.pretty(list(range(500))).count("\n") == 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
        max_leaves=20,
    )
)
@settings(max_examples=60, derandomize=True, deadline=None, database=None)
def test_pretty_json_is_the_same_value(value):
    assert json.loads(files.pretty(value, width=20)) == value


class TestHolding:
    """A file that has its content already is not written again."""

    @pytest.mark.parametrize(
        ("parts", "same"),
        [
            (["भारत\n", "जापान\n"], True),
            (["भारत\nजापान\n"], True),
            (["भारत\n"], False),
            (["भारत\n", "जापान\n", "x"], False),
            (["भारत\n", "चीन\n"], False),
            ([], False),
        ],
    )
    def test_a_file_contains_its_whole_content_and_no_other(self, tmp_path, parts, same):
        path = tmp_path / "x"
        path.write_text("भारत\nजापान\n", encoding="utf-8")
        assert files.contains(path, parts) == same

    def test_a_missing_file_contains_nothing(self, tmp_path):
        assert not files.contains(tmp_path / "x", [])


def test_parts_are_written_whole_or_not_at_all(tmp_path):
    path = tmp_path / "x.jsonl"

    def parts(count):
        for number in range(count):
            yield f"{number}\n"
        if count > 3:
            raise ValueError("the source of the parts failed")

    files.write_parts(path, parts(3))
    assert path.read_text(encoding="utf-8") == "0\n1\n2\n"
    with pytest.raises(ValueError, match="the source of the parts"):
        files.write_parts(path, parts(5))
    assert path.read_text(encoding="utf-8") == "0\n1\n2\n"
    assert [each.name for each in tmp_path.iterdir()] == ["x.jsonl"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_a_pipe_or_a_device_is_not_replaced_by_a_file(tmp_path):
    """As root, a file in place of /dev/null would break the machine; a named pipe stands for it here."""
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(FileError, match="expected the name of a file to write, found a device or a pipe"):
        files.write_text(pipe, "x")
    assert pipe.is_fifo() and [path.name for path in tmp_path.iterdir()] == ["pipe"]


@pytest.mark.skipif(not Path("/dev/zero").is_char_device(), reason="needs /dev/zero")
def test_a_device_without_end_is_not_read():
    with pytest.raises(FileError, match="expected a file, found a device"):
        files.read_text(Path("/dev/zero"))
