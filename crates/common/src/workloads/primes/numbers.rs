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
    is_prime_unless(number, || false).expect("it was not told to give up")
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
    fn nine_of_the_twenty_are_prime() {
        let primes: Vec<u64> = NUMBERS.into_iter().filter(|number| is_prime(*number)).collect();
        let expected = [
            2,
            142702110479723,
            299593572317531,
            3333333333333301,
            4444444444444423,
            5555555555555503,
            6666666666666719,
            7777777777777753,
            9999999999999917,
        ];
        assert_eq!(primes, expected);
        assert_eq!(NUMBERS.iter().sum::<u64>(), 103_775_629_190_239_235, "a slip of a digit in a composite one");
    }

    #[test]
    fn small_numbers_are_as_everybody_knows() {
        let primes: Vec<u64> = (0..50).filter(|number| is_prime(*number)).collect();
        assert_eq!(primes, [2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47]);
    }

    #[test]
    fn the_square_of_a_prime_is_composite() {
        for prime in [3, 5, 7, 65_537, 94_906_267] {
            assert!(!is_prime(prime * prime), "{prime} squared");
        }
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        // 2^64 - 1 = 3 * 5 * 17 * 257 * 641 * 65537 * 6700417.
        assert!(!is_prime(u64::MAX));
        // The square of the largest prime under 2^32; it gives up after the first look.
        assert_eq!(is_prime_unless(4_294_967_291 * 4_294_967_291, || true), None);
    }
}
