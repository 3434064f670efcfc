"""The drug log: a controlled-drug book that balances to the hundredth of a milligram."""
