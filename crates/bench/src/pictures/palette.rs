//! The colours. They are those of Okabe and Ito (*Color Universal Design*, 2008), which people with any kind of colour
//! vision can tell apart, made lighter on a dark ground. No figure relies on them alone: marks have shapes and labels.

/// The style sheet of every picture, and the part of the report's that the pictures share.
pub const STYLE: &str = "
.picture { --ground: #ffffff; --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --band: #e7ebef;
  --c0: #6e7781; --c1: #0072b2; --c2: #d55e00; --c3: #009e73; --c4: #cc79a7; --c5: #a87400; --c6: #56b4e9; --c7: #5c4b8a;
  --wait: #c8d1da; --connect: #cc79a7; --first-byte: #56b4e9; --body: #e69f00; --save: #009e73; --work: #0072b2;
  font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif; }
@media screen and (prefers-color-scheme: dark) { .picture { --ground: #0d1117; --ink: #e6edf3; --soft: #9da7b1;
  --line: #30363d; --band: #21262d; --c0: #9da7b1; --c1: #58a6e8; --c2: #ff8c4a; --c3: #2fc79a; --c4: #e8a6cb; --c5: #e0b040;
  --c6: #86cdf5; --c7: #b3a1e6; --wait: #484f58; --connect: #e08fbb; --first-byte: #58a6d8; --body: #f0b43c;
  --save: #2fc79a; --work: #58a6e8; } }
.picture .ground { fill: var(--ground); }
.picture text { fill: var(--ink); paint-order: stroke; stroke: var(--ground); stroke-width: 4px; stroke-linejoin: round; }
.picture .head { font-weight: 600; font-size: 15px; }
.picture .name { font-weight: 600; }
.picture .soft { fill: var(--soft); font-size: 12px; }
.picture .grid { stroke: var(--line); stroke-width: 1; }
.picture .axis { stroke: var(--soft); stroke-width: 1; }
.picture .band { fill: var(--band); }
.picture .bound { stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 5 4; fill: none; }
.picture .lane { fill: var(--band); opacity: .45; }
.picture .c0 { --mark: var(--c0); } .picture .c1 { --mark: var(--c1); } .picture .c2 { --mark: var(--c2); }
.picture .c3 { --mark: var(--c3); } .picture .c4 { --mark: var(--c4); } .picture .c5 { --mark: var(--c5); }
.picture .c6 { --mark: var(--c6); } .picture .c7 { --mark: var(--c7); }
.picture .fill { fill: var(--mark); } .picture .faint { fill: var(--mark); opacity: .45; }
.picture .dot { fill: var(--mark); opacity: .55; }
.picture .stroke { stroke: var(--mark); stroke-width: 2; fill: none; }
.picture .thick { stroke: var(--mark); stroke-width: 4; stroke-linecap: round; fill: none; opacity: .8; }
.picture .wait { fill: var(--wait); } .picture .connect { fill: var(--connect); }
.picture .first-byte { fill: var(--first-byte); } .picture .body { fill: var(--body); }
.picture .save { fill: var(--save); } .picture .work { fill: var(--work); }
";

/// The class that gives a contender its colour: ours have theirs everywhere, others in the order of the table.
pub fn class(contender: &str, place: usize) -> String {
    let ours = ["sequential", "thread-pool", "process-pool", "async-tasks"];
    let number = ours.iter().position(|name| *name == contender).unwrap_or(4 + place % 4);
    format!("c{number}")
}
