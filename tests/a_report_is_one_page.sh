#!/bin/sh
# `evaluate` and `validate` write a page that needs nothing else: what they print is its table, plots are SVG and pictures PNG inside it, nothing is
# fetched from elsewhere.  In the long suite Chromium opens it at the widths of a phone and of a desk: nothing is wider than the page, every
# picture is decoded.
. "$1/tests/program.sh"

python=/usr/bin/python3
$python -c pass 2>/dev/null || { echo "SKIPPED: no python3"; exit 77; }
works 2 generate -generator_type gaussian -grid_n 16,16 -samples 12 -seed 1 -out "a&b.h5"
works 1 generate -generator_type gaussian -grid_n 16,16 -samples 12 -seed 2 -out c.h5
works 2 evaluate -data "a&b.h5" -samples c.h5 -out report
cp ../out report.txt
works 1 validate -samples 10 -sampler_evaluations 10 -grid_n 12 -out exact -quiet
cp ../out exact.txt
[ ! -e report.html.svg ] && [ ! -e report.html.png ] || wrong "what went into the page is left beside it"
cat >look.py <<'END'
import base64, html.parser, struct, sys
import xml.etree.ElementTree as ET
class Page(html.parser.HTMLParser):
    def __init__(self):
        super().__init__()
        self.images, self.text, self.pre, self.tags, self.metas = [], "", False, [], []
    def handle_starttag(self, tag, attributes):
        a = dict(attributes)
        self.tags.append(tag)
        self.pre = self.pre or tag == "pre"
        if tag == "meta": self.metas.append(a)
        for name in ("src", "href", "srcset", "action"):
            if name in a: assert a[name].startswith("data:"), (tag, a[name][:60])
        if tag == "img": self.images.append(a)
    def handle_endtag(self, tag):
        if tag == "pre": self.pre = False
    def handle_data(self, data):
        if self.pre: self.text += data
source = open(sys.argv[1]).read()
page = Page()
page.feed(source)
assert source.startswith("<!DOCTYPE html>") and source.rstrip().endswith("</html>")
assert not {"script", "link", "iframe", "object"} & set(page.tags) and "@import" not in source and "url(" not in source.split("</style>")[0]
assert any("width=device-width" in m.get("content", "") for m in page.metas)
svg = png = 0
for a in page.images:
    kind, data = a["src"].split(";base64,")
    data = base64.b64decode(data, validate=True)
    assert a["alt"]
    if kind == "data:image/svg+xml":
        root = ET.fromstring(data)
        assert root.tag.endswith("svg") and len(list(root.iter())) > 20
        svg += 1
    else:
        assert kind == "data:image/png" and data[:8] == b"\x89PNG\r\n\x1a\n" and min(struct.unpack(">II", data[16:24])) > 100 and b"IEND" in data[-12:]
        png += 1
assert svg >= int(sys.argv[3]) and png == int(sys.argv[4]), (svg, png)
said = open(sys.argv[2]).read()
assert len(page.text.splitlines()) > 10 and page.text in said, page.text[:200]
END
$python look.py report.html report.txt 4 1 || wrong "evaluate's page"
$python look.py exact.html exact.txt 1 0 || wrong "validate's page"
grep -q 'a&amp;b.h5' report.html || wrong "the name of the file is not in the page"
refused 1 'report.html exists|report.png exists|report.json exists' evaluate -data "a&b.h5" -samples c.h5 -out report
rm report.json report.png report.pdf
refused 1 'report.html exists' evaluate -data "a&b.h5" -samples c.h5 -out report

[ -n "${KARHUNEN_LONG:-}" ] || finish
command -v chromium >/dev/null || { echo "SKIPPED: no chromium"; [ "$failures" = 0 ] && exit 77; finish; }
for page in report exact; do
  for width in 390 1280; do
    $python - $page.html $width >frame.html <<'END'
import html, sys
print(f'''<!DOCTYPE html><body><iframe id="f" width="{sys.argv[2]}" height="900" style="border:0" srcdoc="{html.escape(open(sys.argv[1]).read())}"></iframe>
<p id="said"></p><script>addEventListener("load", () => {{
  const d = document.getElementById("f").contentDocument, images = [...d.images];
  document.getElementById("said").textContent = `width ${{d.documentElement.scrollWidth}} of ${{d.documentElement.clientWidth}}, images ${{images.filter(i => i.complete && i.naturalWidth > 0 && i.getBoundingClientRect().right <= {sys.argv[2]}).length}} of ${{images.length}}`;
}});</script></body>''')
END
    said=$(timeout 120 chromium --headless --no-sandbox --disable-gpu --user-data-dir="$folder/chromium" --virtual-time-budget=5000 --dump-dom "file://$PWD/frame.html" 2>/dev/null | sed -n 's/.*<p id="said">\([^<]*\).*/\1/p')
    echo "$page at $width: $said"
    echo "$said" | awk '{ if ($2 <= 0 || $2 + 0 > $4 + 0 || $6 != $8 || $8 < 1) exit 1 }' && [ -n "$said" ] || wrong "$page at a width of $width: $said"
  done
done
finish
