"""Write the files of ``docs/samples`` again: ``python -m tests.samples.make_samples`` from the project's root."""

from __future__ import annotations

from pathlib import Path

from tests.samples import make_dxf, make_ifc, make_pdf, make_step

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "samples"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    make_pdf.write_sample(FOLDER / "bearing-bracket.pdf")
    make_dxf.write_sample(FOLDER / "flange.dxf")
    make_ifc.write_sample(FOLDER / "house.ifc")
    make_step.write_sample(FOLDER / "bracket-assembly.step")


if __name__ == "__main__":
    main()
