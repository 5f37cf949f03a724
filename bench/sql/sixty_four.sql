-- 64 leads in a transaction of one call.
SELECT bench_deal_many(:org::uuid, :rotation::uuid, :grp::uuid, :credential::uuid, 64);
