//! What a run of `bench map` shows: in each cell of the grid the fastest strategies, and what limits them.

use serde::{Deserialize, Serialize};

use crate::analyse::choice::{Candidate, choose};
use crate::analyse::choosing::FULL;
use crate::analyse::summary::{Row, Table};
use crate::analyse::verdict::Verdict;
use crate::record::mapping::Mapping;

/// The map.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Map {
    /// The grid.
    pub mapping: Mapping,
    /// A cell for each delay and each computing, as far as they were measured: the delays first.
    pub cells: Vec<Cell>,
}

/// A cell.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Cell {
    /// Its place among the delays.
    pub delay: usize,
    /// Its place among the times of computing.
    pub cpu: usize,
    /// The fastest, and those that are not told to be slower, in the order of the strategies.
    pub fastest: Vec<String>,
    /// Whether those are surely the same, and not only not told apart.
    pub is_tie: bool,
    /// The least time, in microseconds.
    pub time_us: f64,
    /// The share of all processors that was busy then, with the server.
    pub busy: f64,
}

impl Cell {
    /// Whether the processors limit here, and not the waiting.
    pub fn is_computing(&self) -> bool {
        self.busy >= FULL
    }
}

impl Map {
    /// The cell at these places.
    pub fn cell(&self, delay: usize, cpu: usize) -> Option<&Cell> {
        self.cells.iter().find(|cell| (cell.delay, cell.cpu) == (delay, cpu))
    }
}

/// The map of these tables, each that of a cell.
pub fn map(mapping: Mapping, tables: &[Table], cores: usize) -> Map {
    let places = (0..mapping.delays_us.len()).flat_map(|delay| (0..mapping.cpus_us.len()).map(move |cpu| (delay, cpu)));
    let cells = places.filter_map(|(delay, cpu)| {
        let name = Mapping::name(mapping.delays_us[delay], mapping.cpus_us[cpu]);
        let table = tables.iter().find(|table| table.recorded.workload.name == name)?;
        cell((delay, cpu), table, cores)
    });
    let cells = cells.collect();
    Map { mapping, cells }
}

fn cell((delay, cpu): (usize, usize), table: &Table, cores: usize) -> Option<Cell> {
    let rows: Vec<&Row> = table.contenders().collect();
    let candidate = |row: &&Row| Candidate { times: row.times_us.clone(), memory: 0.0, cpu: 0.0, simplicity: 0 };
    let choice = choose(&rows.iter().map(candidate).collect::<Vec<_>>(), table.noise_band)?;
    let fastest = rows[choice.fastest];
    let not_slower = || rows.iter().zip(&choice.beside).filter(|(_, beside)| beside.2 != Verdict::Slower);
    Some(Cell {
        delay,
        cpu,
        fastest: not_slower().map(|(row, _)| row.contender.clone()).collect(),
        is_tie: choice.all_the_same && not_slower().all(|(_, beside)| beside.2 == Verdict::TheSame),
        time_us: fastest.time_us,
        busy: (fastest.cpu_us() + fastest.server_cpu_us.unwrap_or_default()) / (fastest.wall_us * cores as f64),
    })
}
