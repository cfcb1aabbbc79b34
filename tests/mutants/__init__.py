"""Do the tests notice one small change in the models' SQL? Their unit tests judge, then scenarios and properties."""
