"""Fragments: kept by their key, and by nothing else."""

from itertools import count

from jinja2 import DictLoader, Environment, StrictUndefined

from core.fragments import FragmentExtension

PAGE = "{% fragment key %}{{ say() }} {{ name }}{% endfragment %}"


def _environment(**templates: str) -> Environment:
    return Environment(
        loader=DictLoader({"page": PAGE, **templates}),
        extensions=[FragmentExtension],
        autoescape=True,
        undefined=StrictUndefined,
    )


def _render(environment: Environment, key: object, name: str, template: str = "page") -> tuple[str, int]:
    """The text, and how often the body was rendered."""
    calls = count()

    def say() -> str:
        next(calls)
        return "I am"

    text = environment.get_template(template).render(key=key, name=name, say=say)
    return text, next(calls)


def test_the_same_key_shows_what_was_kept() -> None:
    environment = _environment()
    assert _render(environment, ("en", 1), "Ada") == ("I am Ada", 1)
    assert _render(environment, ("en", 1), "Ada") == ("I am Ada", 0)


def test_another_key_is_rendered_anew() -> None:
    environment = _environment()
    _render(environment, ("en", 1), "Ada")
    assert _render(environment, ("fr", 1), "Ida") == ("I am Ida", 1)


def test_two_places_with_one_key_do_not_meet() -> None:
    environment = _environment(other="{% fragment key %}{{ say() }} not {{ name }}{% endfragment %}")
    _render(environment, 1, "Ada")
    assert _render(environment, 1, "Ada", "other") == ("I am not Ada", 1)


def test_what_is_kept_stays_escaped() -> None:
    environment = _environment()
    _render(environment, 1, "<b>")
    assert _render(environment, 1, "<b>") == ("I am &lt;b&gt;", 0)


class _Narrow(FragmentExtension):
    room = 3000


def test_the_room_is_limited_and_the_oldest_goes_first() -> None:
    environment = Environment(loader=DictLoader({"page": PAGE}), extensions=[_Narrow], autoescape=True)
    for key in (1, 2, 3):
        _render(environment, key, "Ada")
    assert _render(environment, 3, "Ada")[1] == 0
    assert _render(environment, 1, "Ada")[1] == 1
