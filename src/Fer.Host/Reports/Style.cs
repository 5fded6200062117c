namespace Fer.Host.Reports;

/// <summary>The report's one style sheet: colours as variables, so that dark is a change of variables. It holds no character that XML would escape.</summary>
internal static class Style
{
    public const string Css = """
        :root { --paper: #ffffff; --card: #f6f7f9; --ink: #1b1f24; --soft: #57606a; --line: #d5dae0; --accent: #0b5cad;
          --s0: #57606a; --s1: #b35c00; --s2: #0b5cad; --s3: #1a7f4b; --s4: #8a3ffc; --s5: #b0256a; --s6: #5f6b00;
          --good: #1a7f4b; --bad: #b42318; --cell: 11, 92, 173; }
        @media (prefers-color-scheme: dark) { :root { --paper: #12161b; --card: #1b2128; --ink: #e7ebef; --soft: #9fabb8; --line: #36404b; --accent: #6cb2ff;
          --s0: #aab4bf; --s1: #f0a04b; --s2: #6cb2ff; --s3: #5fd38d; --s4: #c39bff; --s5: #ff8fc0; --s6: #cdd66a;
          --good: #5fd38d; --bad: #ff8a80; --cell: 108, 178, 255; } }
        * { box-sizing: border-box; }
        html { background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; -webkit-text-size-adjust: 100%; }
        body { margin: 0 auto; max-width: 1180px; padding: 0 16px 48px; }
        header { padding: 28px 0 8px; }
        h1 { font-size: 1.5rem; line-height: 1.35; font-weight: 600; margin: 10px 0; max-width: 46em; }
        h2 { font-size: 1.3rem; margin: 0 0 12px; }
        h3 { font-size: 1.02rem; margin: 22px 0 8px; }
        p { margin: 8px 0; max-width: 75ch; }
        .run, .small, .note, footer, figcaption { color: var(--soft); font-size: 0.9rem; }
        .run { margin: 0; } .run b { color: var(--ink); }
        .verdict { display: inline-block; margin: 10px 0 0; padding: 2px 12px; border: 2px solid var(--soft); border-radius: 999px; font-weight: 600; }
        .verdict.better { border-color: var(--good); color: var(--good); }
        .verdict.worse, .verdict.failed { border-color: var(--bad); color: var(--bad); }
        nav { display: flex; flex-wrap: wrap; gap: 4px 16px; padding: 10px 0; border-top: 1px solid var(--line); border-bottom: 1px solid var(--line); font-size: 0.9rem; }
        a { color: var(--accent); text-decoration: none; } a:hover { text-decoration: underline; }
        section { padding: 26px 0 8px; border-bottom: 1px solid var(--line); }
        .scroll { overflow-x: auto; max-width: 100%; }
        table { border-collapse: collapse; font-size: 0.9rem; }
        th, td { padding: 4px 12px 4px 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--line); font-weight: 400; }
        thead th { color: var(--soft); vertical-align: bottom; }
        .figures td, .figures th + th { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
        .pairs th { color: var(--soft); white-space: nowrap; } .pairs td { overflow-wrap: anywhere; min-width: 12em; }
        footer { padding-top: 20px; }
        """;
}
