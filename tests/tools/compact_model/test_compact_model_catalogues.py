"""Translations out of message catalogues, as gettext's own writer lays them down."""

from __future__ import annotations

from pathlib import Path

import polib
import pytest

from tools.compact_model.catalogues import read_sentences

GERMAN = {
    "Delete the selected file": "Die gewählte Datei löschen",
    "Open": "Öffnen",
    "Copy %s to the folder": "%s in den Ordner kopieren",
    "_Save the whole document": "Das ganze Dokument _speichern",
    "The same in both": "The same in both",
    "Not translated at all": "",
}


def write_catalogue(folder: Path, language: str, messages: dict[str, str]) -> None:
    path = folder / "some-package" / "locale" / language / "LC_MESSAGES" / "domain.mo"
    path.parent.mkdir(parents=True)
    catalogue = polib.MOFile()
    catalogue.metadata = {"Content-Type": "text/plain; charset=utf-8"}
    catalogue.extend(polib.POEntry(msgid=english, msgstr=text) for english, text in messages.items())
    catalogue.save(str(path))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_catalogue(tmp_path, "de", GERMAN)
    write_catalogue(tmp_path, "zh_CN", {"Delete the selected file": "删除所选文件", "Open": "打开"})
    write_catalogue(tmp_path, "sv", {"Open": "Öppna"})
    return tmp_path


def test_sentences_come_without_placeholders_accelerators_and_copies(folder: Path) -> None:
    (group,) = read_sentences(folder)
    assert group.texts == {
        "en": "Delete the selected file",
        "de": "Die gewählte Datei löschen",
        "zh": "删除所选文件",
    }


def test_lines_are_joined_and_case_makes_no_new_message(tmp_path: Path) -> None:
    write_catalogue(tmp_path, "de", {"Delete the\nselected file": "Die Datei\nlöschen"})
    write_catalogue(tmp_path, "fr", {"delete the selected file": "Supprimer le fichier"})
    (group,) = read_sentences(tmp_path)
    assert group.texts == {
        "en": "Delete the selected file",
        "de": "Die Datei löschen",
        "fr": "Supprimer le fichier",
    }
