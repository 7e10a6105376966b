import jax.numpy as jnp
import numpy as np

from jssl.exhibit import Column, Exhibit
from jssl.method import Method
from jssl.report.exhibits import draw_exhibit, load_exhibit, save_exhibit
from jssl.report.gallery import exhibit as section
from jssl.report.page import write_report

IMAGES = np.linspace(-0.2, 1.2, 3 * 8 * 8).reshape(3, 8, 8, 1)
SHOWN = Exhibit(
    "Which way is <up>?",
    "A lead & more.",
    (Column("turned", IMAGES, ("0°", "90°", "<b>180°</b>"), (True, False, True)), Column("original", IMAGES)),
)


def test_an_exhibit_is_kept_as_it_is_shown(tmp_path) -> None:
    save_exhibit(tmp_path / "exhibit.npz", SHOWN)
    back = load_exhibit(tmp_path / "exhibit.npz")
    assert (back.title, back.lead) == (SHOWN.title, SHOWN.lead)
    assert [column.name for column in back.columns] == ["turned", "original"]
    assert back.columns[0].captions == SHOWN.columns[0].captions and back.columns[1].captions == ()
    assert back.columns[0].right == (True, False, True) and back.columns[1].right == ()
    np.testing.assert_array_equal(back.columns[0].figures, np.clip(np.round(IMAGES * 255), 0, 255))
    assert back.columns[0].figures.dtype == np.uint8


def test_the_report_shows_it_and_escapes_what_it_says(tmp_path, run_folder) -> None:
    assert "Which way" not in write_report(run_folder).read_text()
    save_exhibit(run_folder / "exhibit.npz", SHOWN)
    page = write_report(run_folder).read_text()
    assert "Which way is &lt;up&gt;?" in page and "A lead &amp; more." in page
    assert "&lt;b&gt;180°&lt;/b&gt;" in page and "<b>180°</b>" not in page


def test_right_and_wrong_are_marked() -> None:
    images = np.zeros((3, 8, 8, 1), np.uint8)
    markup = section(SHOWN._replace(columns=tuple(column._replace(figures=images) for column in SHOWN.columns)))
    assert markup.count('class="same"') == 2 and markup.count('class="other"') == 1
    assert markup.count("<img") == 6 and markup.count("<figcaption") == 3


def test_a_method_is_shown_pictures_of_the_data_set(digit_sources) -> None:
    source = digit_sources[1]

    def show(params, extra, keys, batch):
        images = batch["image"]
        assert keys.shape == (256,) and images.shape == (256, 28, 28, 1)
        assert params["w"].shape == (2,) and extra == {}
        return Exhibit("t", "l", (Column("c", images[:2] / 255),))

    method = Method(*[None] * 4, show=show)
    shown = draw_exhibit(method, {"w": jnp.ones(2)}, {}, source)
    again = draw_exhibit(method, {"w": jnp.ones(2)}, {}, source)
    np.testing.assert_array_equal(shown.columns[0].figures, again.columns[0].figures)
    assert draw_exhibit(method._replace(show=None), {}, {}, source) is None
