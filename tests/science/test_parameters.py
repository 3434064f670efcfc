import pickle
import re
from hashlib import sha256

import pytest

from kapstone.science.parameters import SHIPPED, SYMBOLS, load_parameters, parse_parameters
from kapstone.science.quantities import Grade, ModelError

TEXT = SHIPPED.read_text(encoding="utf-8")


def changed(old, new):
    assert old in TEXT
    return TEXT.replace(old, new, 1).encode()


def test_every_number_has_a_unit_a_grade_and_a_source():
    parameters = load_parameters()
    assert sum(len(names) for names in SYMBOLS.values()) == len(parameters.all)
    for parameter in parameters.all.values():
        assert parameter.unit
        assert parameter.source
        assert parameter.grade in Grade


def test_the_set_is_named_by_the_bytes_of_its_file():
    parameters = load_parameters()
    assert parameters.sha256 == sha256(SHIPPED.read_bytes()).hexdigest()
    assert parameters.model_id == "kapstone-core-0.1"


def test_a_set_is_read_once_and_travels():
    parameters = load_parameters()
    assert load_parameters() is parameters
    assert pickle.loads(pickle.dumps(parameters)) == parameters  # noqa: S301
    assert hash(parameters) == hash(parameters.sha256)
    assert parameters != parse_parameters(TEXT.encode() + b"\n# another file\n")
    assert parameters != parameters.sha256


def test_a_parameter_is_found_by_its_symbol():
    parameters = load_parameters()
    assert parameters["pk.CLINT"].spread == 0.45
    assert parameters.number("window.M_MAX") == 2.0
    with pytest.raises(ModelError, match=re.escape("'pk.CLEARANCE'")):
        parameters["pk.CLEARANCE"]


def test_an_interaction_is_found_by_its_name():
    parameters = load_parameters()
    assert parameters.interaction("rifampicin").clearance == 3.3
    with pytest.raises(ModelError, match="unknown interaction 'tea'"):
        parameters.interaction("tea")


QH = '[pk.QH]\nvalue = 103.0\nunit = "L/h"'
BOUNDS = "bounds = [60.0, 140.0]"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        pytest.param(QH, QH + '\ncolour = "red"', "unknown key 'colour' in pk.QH", id="key"),
        pytest.param(QH, QH.replace('unit = "L/h"', ""), "pk.QH has no unit", id="no unit"),
        pytest.param(QH, QH.replace('"L/h"', '""'), "pk.QH has no unit", id="empty unit"),
        pytest.param(QH, QH.replace('"L/h"', "7"), "unit must be text", id="unit a number"),
        pytest.param(QH, QH.replace("103.0", "300.0"), "pk.QH is out of bounds", id="bounds"),
        pytest.param(QH, QH.replace("103.0", "true"), "finite number", id="value true"),
        pytest.param(QH, QH.replace("103.0", "nan"), "finite number", id="value nan"),
        pytest.param(QH, QH.replace("103.0", '"x"'), "finite number", id="value a word"),
        pytest.param(BOUNDS, "bounds = [60.0]", "must be two numbers", id="one bound"),
        pytest.param(BOUNDS, 'bounds = ["a", 140.0]', "finite number", id="bound a word"),
        pytest.param("omega = 0.2", "omega = 9.0", "omega must be from 0 to 2", id="spread"),
        pytest.param('evidence = "D"', 'evidence = "E"', "evidence must be one of", id="grade"),
        pytest.param('evidence = "D"\n', "", "pk.QH has no evidence", id="no grade"),
        pytest.param("[pk.QH]", "[pk.QX]", "unknown key 'QX' in section pk", id="symbol"),
        pytest.param(
            "[reference]", "[extra]\n[reference]", "unknown key 'extra'", id="section"
        ),
        pytest.param("[reference]", "[references]", "unknown key 'references'", id="renamed"),
        pytest.param("weight_kg = 70.0\n", "", "missing key 'weight_kg'", id="reference"),
        pytest.param("CLINT = 0.75\n", "", "missing key 'CLINT' in allometry", id="allometry"),
        pytest.param("schema_version = 1", "schema_version = 2", "schema_version", id="schema"),
        pytest.param('"kapstone-core-0.1"', "3", "model_id must be a word", id="model"),
        pytest.param("none = { a = 1, g = 1 }\n", "", "holds 'none'", id="no none"),
        pytest.param("{ a = 3.3, g = 0.46 }", "{ a = 3.3 }", "missing key 'g'", id="ddi"),
        pytest.param("{ a = 3.3, g = 0.46 }", "{ a = 0, g = 1 }", "above 0", id="ddi zero"),
        pytest.param("{ a = 3.3, g = 0.46 }", "3", "ddi.rifampicin must be a table", id="row"),
        pytest.param("schema_version = 1", "schema_version = ", "is not TOML", id="not toml"),
    ],
)
def test_a_wrong_file_is_refused_by_name(old, new, words):
    with pytest.raises(ModelError, match=re.escape(words)):
        parse_parameters(changed(old, new))


def test_a_parameter_that_is_no_table_is_refused():
    start, rest = TEXT.split("[pk.QH]", 1)
    body = rest.split("\n\n", 1)[1]
    content = start.replace("[reference]", "pk.QH = 3\n[reference]") + body
    with pytest.raises(ModelError):
        parse_parameters(content.encode())


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(ModelError, match="not TOML"):
        parse_parameters(b"\xff\xfe")
