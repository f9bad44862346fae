"""What one chart, and the drawing that holds all of them, look like in a file (ECMA-376 part 1, 20.5 and 21.2).

Invariant: elements stand in the order that the schema asks for; Excel calls a file damaged where they do not.
"""

from collections.abc import Mapping, Sequence

from adapters.workbooks.excel.markup import escape
from runner.model import column_letter
from runner.tabs import KPI_WEEKS
from runner.values import name_key
from sheet_templates.charts import COLOURS, DOMAIN, HEIGHT, ROWS, WIDTH, Chart, Shape, corner
from sheet_templates.look import INK, LINE, QUIET_INK

_HEAD = b'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SPACES = (
    b'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    b'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    b'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart"'
)
#: English Metric Units a pixel.
_EMU = 9_525
_CATEGORIES, _VALUES = 1, 2


def chart_xml(chart: Chart, columns: Mapping[str, int]) -> bytes:
    """The part of one chart."""
    series = b"".join(
        _series(number, header, colour, chart.shape, columns)
        for number, (header, colour) in enumerate(zip(chart.series, COLOURS, strict=False))
    )
    axes = b'<c:axId val="%d"/><c:axId val="%d"/>' % (_CATEGORIES, _VALUES)
    if chart.shape is Shape.COLUMNS:
        plot = (
            b'<c:barChart><c:barDir val="col"/><c:grouping val="clustered"/><c:varyColors val="0"/>%s'
            b'<c:gapWidth val="60"/>%s</c:barChart>'
        )
    else:
        plot = b'<c:lineChart><c:grouping val="standard"/><c:varyColors val="0"/>%s<c:marker val="1"/>%s</c:lineChart>'
    legend = b'<c:legend><c:legendPos val="b"/><c:overlay val="0"/>%s</c:legend>' % _text(900, QUIET_INK)
    return b"".join(
        (
            _HEAD,
            b'<c:chartSpace %s><c:roundedCorners val="0"/><c:chart>' % _SPACES,
            _title(chart.title),
            b'<c:autoTitleDeleted val="0"/><c:plotArea><c:layout/>',
            plot % (series, axes),
            _category_axis(),
            _value_axis(from_zero=chart.shape is Shape.LINES),
            b"</c:plotArea>",
            legend if len(chart.series) > 1 else b"",
            b'<c:plotVisOnly val="0"/><c:dispBlanksAs val="gap"/></c:chart>',
            b"<c:spPr>%s%s</c:spPr></c:chartSpace>" % (_fill("FFFFFF"), _line(LINE, 9_525)),
        )
    )


def drawing_xml(charts: Sequence[Chart], ids: Sequence[str]) -> bytes:
    """The part that says where each chart stands; `ids`: the arrows to their parts."""
    size = (WIDTH * _EMU, HEIGHT * _EMU)
    frames = b"".join(
        b"<xdr:oneCellAnchor><xdr:from><xdr:col>%d</xdr:col><xdr:colOff>0</xdr:colOff><xdr:row>%d</xdr:row><xdr:rowOff>0</xdr:rowOff>"
        b'</xdr:from><xdr:ext cx="%d" cy="%d"/><xdr:graphicFrame macro=""><xdr:nvGraphicFramePr>'
        b'<xdr:cNvPr id="%d" name="%s" descr="%s"/><xdr:cNvGraphicFramePr/></xdr:nvGraphicFramePr>'
        b'<xdr:xfrm><a:off x="0" y="0"/><a:ext cx="0" cy="0"/></xdr:xfrm><a:graphic>'
        b'<a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:chart r:id="%s"/></a:graphicData>'
        b"</a:graphic></xdr:graphicFrame><xdr:clientData/></xdr:oneCellAnchor>"
        % (column, row, *size, number + 2, escape(chart.title), escape(f"{chart.title}: eight weeks"), name.encode())
        for number, (chart, name) in enumerate(zip(charts, ids, strict=True))
        for row, column in (corner(number),)
    )
    space = b'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing"'
    return _HEAD + b"<xdr:wsDr %s %s>%s</xdr:wsDr>" % (space, _SPACES, frames)


def _series(number: int, header: str, colour: str, shape: Shape, columns: Mapping[str, int]) -> bytes:
    if shape is Shape.COLUMNS:
        look = b'<c:spPr>%s</c:spPr><c:invertIfNegative val="0"/>' % _fill(colour)
    else:
        dot = b'<c:marker><c:symbol val="circle"/><c:size val="6"/><c:spPr>%s%s</c:spPr></c:marker>'
        look = b"<c:spPr>%s</c:spPr>%s" % (_line(colour, 25_400), dot % (_fill(colour), _line(colour, 9_525)))
    return (
        b'<c:ser><c:idx val="%d"/><c:order val="%d"/><c:tx><c:strRef><c:f>%s</c:f><c:strCache><c:ptCount val="1"/><c:pt idx="0">'
        b"<c:v>%s</c:v></c:pt></c:strCache></c:strRef></c:tx>%s<c:cat><c:strRef><c:f>%s</c:f></c:strRef></c:cat>"
        b"<c:val><c:numRef><c:f>%s</c:f></c:numRef></c:val>%s</c:ser>"
    ) % (
        number,
        number,
        _cells(header, columns, 1, 1),
        escape(header),
        look,
        _cells(DOMAIN, columns, 2, ROWS),
        _cells(header, columns, 2, ROWS),
        b'<c:smooth val="0"/>' if shape is Shape.LINES else b"",
    )


def _cells(header: str, columns: Mapping[str, int], first: int, last: int) -> bytes:
    letter = column_letter(columns[name_key(header)])
    end = f":${letter}${last}" if last > first else ""
    return escape(f"'{KPI_WEEKS.name}'!${letter}${first}{end}")


def _title(text: str) -> bytes:
    run = b'sz="1200" b="1"'
    return (
        b"<c:title><c:tx><c:rich><a:bodyPr/><a:p><a:pPr><a:defRPr %s/></a:pPr><a:r>"
        b'<a:rPr lang="en-GB" %s>%s</a:rPr><a:t>%s</a:t></a:r>'
        b'</a:p></c:rich></c:tx><c:overlay val="0"/></c:title>'
    ) % (run, run, _fill(INK), escape(text))


def _category_axis() -> bytes:
    return (
        b'<c:catAx><c:axId val="%d"/><c:scaling><c:orientation val="minMax"/></c:scaling><c:delete val="0"/><c:axPos val="b"/>'
        b'<c:numFmt formatCode="General" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/>'
        b'<c:tickLblPos val="low"/><c:spPr>%s</c:spPr>%s<c:crossAx val="%d"/><c:crosses val="autoZero"/><c:auto val="0"/>'
        b'<c:lblAlgn val="ctr"/><c:lblOffset val="100"/><c:noMultiLvlLbl val="1"/></c:catAx>'
    ) % (_CATEGORIES, _line(LINE, 9_525), _text(900, QUIET_INK), _VALUES)


def _value_axis(*, from_zero: bool) -> bytes:
    least = b'<c:min val="0"/>' if from_zero else b""
    return (
        b'<c:valAx><c:axId val="%d"/><c:scaling><c:orientation val="minMax"/>%s</c:scaling><c:delete val="0"/><c:axPos val="l"/>'
        b'<c:majorGridlines><c:spPr>%s</c:spPr></c:majorGridlines><c:numFmt formatCode="General" sourceLinked="0"/>'
        b'<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>'
        b"<c:spPr><a:ln><a:noFill/></a:ln></c:spPr>"
        b'%s<c:crossAx val="%d"/><c:crosses val="autoZero"/><c:crossBetween val="between"/></c:valAx>'
    ) % (_VALUES, least, _line(LINE, 6_350), _text(900, QUIET_INK), _CATEGORIES)


def _text(size: int, colour: str) -> bytes:
    words = b'<a:defRPr sz="%d">%s</a:defRPr>' % (size, _fill(colour))
    return b'<c:txPr><a:bodyPr/><a:p><a:pPr>%s</a:pPr><a:endParaRPr lang="en-GB"/></a:p></c:txPr>' % words


def _fill(colour: str) -> bytes:
    return b'<a:solidFill><a:srgbClr val="%s"/></a:solidFill>' % colour.encode()


def _line(colour: str, width: int) -> bytes:
    return b'<a:ln w="%d">%s</a:ln>' % (width, _fill(colour))
