//! What every strategy shares. It knows no strategy.
