"""One folder for an outside auditor: what was published of a period, its proof, and a verifier that runs alone.

README.ko.md, README.en.md   how to read it
verify.py                    runs on Python alone and needs nothing of ours
contents.json, contents.sig  every file with its hash, signed by the key that seals are signed with
reports/  nights/            what people got, and the pages of those nights and weeks
figures/                     each standard's figure, explained down to its rows
marts/                       the published tables: Parquet and CSV to read, lines of JSON to hash
checks/                      expectation results, Great Expectations' own and ours
matrix/  charter/            clause to figure; the charter's folder as it was
evidence/                    the whole chain of seals, with the public key
"""
