/** The style of the practice vendor's pages: system font, one accent, light and dark. */
export const STYLE = `
:root{color-scheme:light dark;--bg:#fbfbfa;--panel:#fff;--ink:#1b1c1e;--soft:#5f6368;--line:#dcdad6;--fill:#f3f2ef;--accent:#0f766e;--accent-ink:#fff;--bad:#b91c1c}
@media (prefers-color-scheme:dark){:root{--bg:#17181a;--panel:#1f2023;--ink:#ececee;--soft:#a6a9b0;--line:#3b3d42;--fill:#292b2f;--accent:#2dd4bf;--accent-ink:#06231f;--bad:#f87171}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;background:var(--bg);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
a{color:var(--accent)}
code,dd,pre{overflow-wrap:anywhere}
code,pre{font:13px/1.5 ui-monospace,monospace;background:var(--fill);border-radius:4px;padding:1px 4px}
h1{font-size:22px;line-height:1.25;font-weight:600;margin:4px 0 20px}
h2{font-size:15px;font-weight:600;margin:0 0 12px}
p{margin:0 0 12px}
.card{width:min(400px,calc(100vw - 32px));margin:0 auto;position:relative;top:max(24px,12vh);padding:28px;background:var(--panel);border:1px solid var(--line);border-radius:12px}
.vendor{display:flex;align-items:center;gap:8px;margin:0;color:var(--soft);font-size:14px}
.mark{width:10px;height:10px;border-radius:50%;background:var(--accent)}
.tag{font-size:12px;padding:0 8px;border:1px solid var(--line);border-radius:99px}
label{display:block;margin:0 0 4px;font-weight:500;font-size:14px}
input,button{font:inherit;color:inherit}
input{display:block;width:100%;padding:9px 11px;margin:0 0 16px;background:var(--bg);border:1px solid var(--line);border-radius:8px}
input[aria-invalid]{border-color:var(--bad);margin-bottom:6px}
.wrong{color:var(--bad);font-size:13px;margin:0 0 16px}
:focus-visible{outline:2px solid var(--accent);outline-offset:2px}
.row{display:flex;flex-wrap:wrap;gap:8px;align-items:end}
button{padding:9px 16px;border:1px solid var(--line);border-radius:8px;background:transparent;cursor:pointer}
button:hover{background:var(--fill)}
button.first{background:var(--accent);border-color:var(--accent);color:var(--accent-ink);font-weight:500}
button.first:hover{filter:brightness(1.08)}
form+dl{margin-top:24px;padding-top:16px;border-top:1px solid var(--line)}
dl{display:grid;grid-template-columns:max-content 1fr;gap:4px 16px;margin:0 0 12px;font-size:13px}
dt{color:var(--soft)}
dd{margin:0}
.note{color:var(--soft);font-size:13px;margin:0}
.card .note code{white-space:nowrap}
.wide{width:min(880px,calc(100vw - 32px));margin:0 auto;padding:32px 0 64px}
.wide section{margin:0 0 16px;padding:20px 24px;background:var(--panel);border:1px solid var(--line);border-radius:12px}
.wide h1{margin-bottom:6px}
.lead{color:var(--soft);margin-bottom:24px}
table{width:100%;border-collapse:collapse;font-size:14px}
th{font-weight:500;color:var(--soft);font-size:13px}
th,td{text-align:left;padding:6px 16px 6px 0;border-bottom:1px solid var(--line);vertical-align:top}
tr:last-child td{border-bottom:0}
th:last-child,td:last-child{padding-right:0}
td.number,th.number{text-align:right;font-variant-numeric:tabular-nums}
.knobs{display:grid;gap:18px}
.knobs form{display:flex;flex-wrap:wrap;gap:8px 12px;align-items:end}
.knobs input{font-size:15px;margin:0;min-width:120px}
.knobs label{margin:0}
.knobs span{display:block;margin-bottom:4px}
#result{min-height:1.5em;margin:14px 0 0;color:var(--soft);font-size:14px}
details{border-top:1px solid var(--line);padding:8px 0}
details:first-of-type{border-top:0}
summary{cursor:pointer}
summary small{color:var(--soft);font-size:13px}
pre{padding:12px;margin:8px 0;white-space:pre-wrap;border-radius:8px}
`;
