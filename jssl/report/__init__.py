"""The report of a run: `write_report(workdir)` makes one self-contained HTML file out of its files."""

from jssl.report.collect import Pictures, collect, load_pictures, save_pictures
from jssl.report.page import write_report

__all__ = ["Pictures", "collect", "load_pictures", "save_pictures", "write_report"]
