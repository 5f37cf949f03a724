-- One lead in a transaction of one call.
SELECT bench_deal_one(:org::uuid, :rotation::uuid, :grp::uuid, :credential::uuid);
