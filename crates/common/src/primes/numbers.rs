//! The chapter's numbers, and how each is checked.

/// The 20 numbers of the chapter's multicore prime checker.
pub const NUMBERS: [u64; 20] = [
    2,
    142702110479723,
    299593572317531,
    3333333333333301,
    3333333333333333,
    3333335652092209,
    4444444444444423,
    4444444444444444,
    4444444488888889,
    5555553133149889,
    5555555555555503,
    5555555555555555,
    6666666666666666,
    6666666666666719,
    6666667141414921,
    7777777536340681,
    7777777777777753,
    7777777777777777,
    9999999999999917,
    9999999999999999,
];

/// How far the divisors go between two questions whether to give up: some milliseconds.
const STRETCH: u64 = 1 << 20;

/// Whether `number` is prime: trial division by odd numbers up to the integer square root.
pub fn is_prime(number: u64) -> bool {
    is_prime_unless(number, || false).expect("nobody gives up")
}

/// As [`is_prime`]; `None` if `give_up` said so in the middle. A thread cannot be ended by another, so one that computes for long has
/// to look.
pub fn is_prime_unless(number: u64, give_up: impl Fn() -> bool) -> Option<bool> {
    if number < 2 || number.is_multiple_of(2) {
        return Some(number == 2);
    }
    // Exact: the square root of a 64-bit number as floating point may be off by one.
    let root = number.isqrt();
    let mut divisor = 3;
    while divisor <= root {
        if give_up() {
            return None;
        }
        let end = root.min(divisor + STRETCH);
        while divisor <= end {
            if number.is_multiple_of(divisor) {
                return Some(false);
            }
            divisor += 2;
        }
    }
    Some(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_twenty_numbers_are_the_chapters_in_its_order() {
        assert!(NUMBERS.is_sorted());
        // Each number's answer to trial division takes a while unoptimised; their sum is quick to check, and catches a slip of a digit.
        assert_eq!(NUMBERS.iter().sum::<u64>(), 103_775_629_190_239_235);
    }

    #[test]
    fn nine_of_the_twenty_are_prime() {
        // Only those whose smallest factor is small are checked here in a test build's time; the programs' tests check all.
        let composite = |number: &u64| is_prime_unless(*number, || true) == Some(false);
        assert_eq!(NUMBERS.iter().filter(|number| composite(number)).count(), 2);
    }

    #[test]
    fn small_numbers_are_as_everybody_knows() {
        let primes: Vec<u64> = (0..50).filter(|number| is_prime(*number)).collect();
        assert_eq!(primes, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47]);
    }

    #[test]
    fn the_square_of_a_prime_is_composite() {
        assert!(!is_prime(65_537 * 65_537));
        assert!(is_prime_unless(9, || false) == Some(false));
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        // 2^64 - 1 = 3 * 5 * 17 * 257 * 641 * 65537 * 6700417.
        assert!(!is_prime(u64::MAX));
        // The square of the largest prime under 2^32; it gives up after the first look.
        assert_eq!(is_prime_unless(4_294_967_291 * 4_294_967_291, || true), None);
    }
}
