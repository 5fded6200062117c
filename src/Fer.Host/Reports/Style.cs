namespace Fer.Host.Reports;

/// <summary>The report's one style sheet: colours as variables, so that dark is a change of variables. Series colours differ in lightness as much as in hue, so that they stay apart for the colour-blind. It holds no character that XML would escape.</summary>
internal static class Style
{
    public const string Css = """
        :root { --paper: #ffffff; --card: #f6f7f9; --ink: #1b1f24; --soft: #57606a; --line: #d5dae0; --accent: #0b5cad;
          --s0: #23282e; --s1: #9c5c00; --s2: #2a6be0; --s3: #0c5214; --s4: #5a1592; --s5: #d02283; --s6: #5f6b00;
          --good: #1a7f4b; --bad: #b42318; }
        @media (prefers-color-scheme: dark) { :root { --paper: #12161b; --card: #1b2128; --ink: #e7ebef; --soft: #9fabb8; --line: #36404b; --accent: #6cb2ff;
          --s0: #d5dfe9; --s1: #e9933e; --s2: #68baf6; --s3: #76ee77; --s4: #a673ff; --s5: #f0508a; --s6: #cdd66a;
          --good: #5fd38d; --bad: #ff8a80; } }
        * { box-sizing: border-box; }
        html { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; -webkit-text-size-adjust: 100%; }
        body { margin: 0 auto; max-width: 1180px; padding: 0 16px 48px; }
        header { padding: 28px 0 8px; }
        h1 { font-size: 1.5rem; line-height: 1.35; font-weight: 600; margin: 10px 0; max-width: 46em; }
        h2 { font-size: 1.3rem; margin: 0 0 12px; }
        h3 { font-size: 1.02rem; margin: 22px 0 8px; }
        p { margin: 8px 0; max-width: 75ch; overflow-wrap: anywhere; }
        .run, .small, .note, footer, figcaption { color: var(--soft); font-size: 0.9rem; }
        .run { margin: 0; } .run b { color: var(--ink); }
        .verdict { display: inline-block; margin: 10px 0 0; padding: 2px 12px; border: 2px solid var(--soft); border-radius: 999px; font-weight: 600; }
        .verdict.better { border-color: var(--good); color: var(--good); }
        .verdict.worse, .verdict.failed { border-color: var(--bad); color: var(--bad); }
        nav { display: flex; flex-wrap: wrap; gap: 4px 16px; padding: 10px 0; border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); font-size: 0.9rem; }
        a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
        section { padding: 26px 0 18px; border-bottom: 1px solid var(--line); }
        .scroll { overflow-x: auto; max-width: 100%; }
        table { border-collapse: collapse; font-size: 0.9rem; }
        th, td { padding: 4px 12px 4px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); font-weight: 400; }
        thead th { color: var(--soft); vertical-align: bottom; }
        .figures td, .figures th + th { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .figures th.words { text-align: left; } .figures tbody th { white-space: nowrap; }
        .figures td.words { text-align: left; white-space: normal; min-width: min(15em, 38vw); }
        .pairs th { color: var(--soft); white-space: nowrap; } .pairs td { overflow-wrap: anywhere; min-width: 12em; }
        footer { padding-top: 20px; }
        .limits { font-size: 1.05rem; } .reasons { margin: 8px 0; padding-left: 20px; max-width: 75ch; }
        details { margin: 14px 0; } summary { cursor: pointer; color: var(--accent); } details details summary { color: var(--soft); }
        code, pre { font: 0.85rem/1.5 ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; }
        pre { overflow-x: auto; background: var(--card); padding: 12px; border-radius: 6px; } td code { white-space: nowrap; } dd code { background: var(--card); padding: 3px 8px; border-radius: 4px; overflow-wrap: anywhere; }
        dt { color: var(--soft); font-size: 0.9rem; margin-top: 10px; } dd { margin: 2px 0 0; }
        figure { margin: 0 0 14px; min-width: 0; } figcaption { margin-bottom: 4px; }
        .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 330px), 1fr)); gap: 18px 28px; margin: 14px 0; align-items: start; }
        .pair { grid-template-columns: repeat(auto-fit, minmax(min(100%, 330px), 1fr)); }
        .charts svg { width: 100%; height: auto; display: block; max-width: 520px; }
        .wide svg { width: 100%; min-width: 820px; height: auto; display: block; }
        .beside { display: flex; flex-wrap: wrap; gap: 0 24px; }
        .faces { display: flex; flex-wrap: wrap; gap: 3px; } .faces img { image-rendering: pixelated; display: block; background: var(--card); }
        .pairs-of-faces { display: flex; flex-wrap: wrap; gap: 2px 12px; } .pairs-of-faces figcaption { font-variant-numeric: tabular-nums; }
        .key span { display: inline-flex; align-items: center; gap: 6px; margin-right: 18px; font-size: 0.9rem; }
        .swatch { width: 14px; height: 14px; border-radius: 3px; background: currentColor; border: 2px solid currentColor; } .swatch.broken { background: none; border-style: dashed; }
        .s0 { color: var(--s0); } .s1 { color: var(--s1); } .s2 { color: var(--s2); } .s3 { color: var(--s3); } .s4 { color: var(--s4); } .s5 { color: var(--s5); } .s6 { color: var(--s6); }
        svg text { font-size: 11.5px; fill: var(--ink); } svg .tick, svg .tiny { fill: var(--soft); font-size: 11px; } svg .tiny { font-size: 9.5px; }
        svg .name { fill: var(--ink); } svg .end { fill: currentColor; } svg .inside { fill: var(--paper); }
        .grid { stroke: var(--line); stroke-width: 1; } .rule { stroke: var(--soft); stroke-width: 1; stroke-dasharray: 4 3; } .alarm { stroke: var(--bad); stroke-width: 1.5; } .across { stroke: currentColor; stroke-width: 1.5; stroke-dasharray: 6 3; }
        .line { fill: none; stroke: currentColor; stroke-width: 1.5; stroke-linejoin: round; } .dashed { stroke-dasharray: 5 3; } .mark, .dot { fill: currentColor; }
        .dot { fill-opacity: 0.75; stroke: var(--paper); stroke-width: 1; } .ring { fill: var(--paper); stroke: currentColor; stroke-width: 1.5; } .mean { stroke: currentColor; stroke-width: 3; }
        .bar { fill: currentColor; fill-opacity: 0.3; stroke: currentColor; stroke-width: 1; } .solid { fill-opacity: 1; } .bar.broken { fill-opacity: 0.12; stroke-dasharray: 3 2; } .part { stroke: var(--paper); }
        .band { fill: var(--soft); fill-opacity: 0.16; } .track { fill: var(--card); }
        .cell { fill: currentColor; } .hit { stroke: var(--ink); stroke-width: 1; }
        @media (max-width: 600px) { .wide svg { min-width: 1120px; } body { padding: 0 14px 32px; } h1 { font-size: 1.25rem; } .faces img { width: 56px; height: auto; } th, td { padding-right: 9px; } table { font-size: 0.85rem; } }
        @media print { details { display: block; } nav { display: none; } }
        """;
}
