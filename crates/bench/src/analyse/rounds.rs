//! The samples of a record, by contender and by round.

use std::collections::{BTreeMap, HashMap};

use crate::base::statistics::{median, paired_ratios};
use crate::plan::workload::Time;
use crate::record::sample::Sample;

/// The samples of a run by workload and contender, so that each is looked at only once.
pub(crate) struct Runs<'a>(HashMap<&'a str, HashMap<&'a str, Vec<&'a Sample>>>);

impl<'a> Runs<'a> {
    pub(crate) fn new(samples: &'a [Sample]) -> Self {
        let mut runs = HashMap::<_, HashMap<_, Vec<_>>>::new();
        for sample in samples {
            let workload = runs.entry(sample.workload.as_str()).or_default();
            workload.entry(sample.contender.as_str()).or_default().push(sample);
        }
        Self(runs)
    }

    /// All of a contender's runs.
    pub(crate) fn of(&self, workload: &str, contender: &str) -> &[&'a Sample] {
        self.0.get(workload).and_then(|workload| workload.get(contender)).map_or(&[], Vec::as_slice)
    }

    /// Those that count: none of one that was ever wrong, and none of round 0.
    pub(crate) fn measured(&self, workload: &str, contender: &str, control: bool) -> Rounds<'a> {
        let runs = self.of(workload, contender);
        let lies = runs.iter().any(|sample| sample.wrong.is_some());
        let counts = |sample: &&Sample| !lies && sample.round > 0 && sample.control == control;
        Rounds::new(runs.iter().copied().filter(counts))
    }

    /// The one run of round 0, of a contender that has no other; none if it was wrong.
    pub(crate) fn of_round_zero(&self, workload: &str, contender: &str) -> Rounds<'a> {
        let runs = self.of(workload, contender).iter().copied();
        Rounds::new(runs.filter(|sample| sample.round == 0 && sample.wrong.is_none()))
    }
}

/// The samples of one row, by round.
pub(crate) struct Rounds<'a> {
    pub(crate) by_round: BTreeMap<usize, Vec<&'a Sample>>,
}

impl<'a> Rounds<'a> {
    pub(crate) fn new(samples: impl Iterator<Item = &'a Sample>) -> Self {
        let mut rounds = BTreeMap::<usize, Vec<&Sample>>::new();
        samples.for_each(|sample| rounds.entry(sample.round).or_default().push(sample));
        Self { by_round: rounds }
    }

    /// A figure of each round: the mean over its runs, where all of them have it.
    pub(crate) fn figures(&self, figure: impl Fn(&Sample) -> Option<f64>) -> Vec<(usize, f64)> {
        let mean = |runs: &[&Sample]| {
            let figures: Option<Vec<f64>> = runs.iter().map(|sample| figure(sample)).collect();
            figures.map(|figures| figures.iter().sum::<f64>() / figures.len() as f64)
        };
        self.by_round.iter().filter_map(|(round, runs)| Some((*round, mean(runs)?))).collect()
    }

    /// The median of a figure over the rounds.
    pub(crate) fn median(&self, figure: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
        let figures: Vec<f64> = self.figures(figure).into_iter().map(|(_, figure)| figure).collect();
        median(&figures)
    }

    /// The time of each round.
    pub(crate) fn times(&self, time: Time) -> Vec<(usize, f64)> {
        self.figures(|sample| Some(sample.time_us(time)))
    }

    /// The ratios to `base` of the rounds that both took part in.
    pub(crate) fn ratios(&self, base: &Self, time: Time) -> Vec<f64> {
        let base: HashMap<usize, f64> = base.times(time).into_iter().collect();
        let pairs = self.times(time).into_iter().filter_map(|(round, value)| Some((value, *base.get(&round)?)));
        let (values, partners): (Vec<f64>, Vec<f64>) = pairs.unzip();
        paired_ratios(&values, &partners)
    }
}
