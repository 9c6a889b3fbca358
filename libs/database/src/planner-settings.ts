/**
 * For sessions that run nothing but short statements by key, as a service's do. There an index is always right, but
 * with statistics that lag behind a fast growth the planner takes a table of thousands for an empty one and reads all
 * of it, again and again, without any error: measured at several hundred rows read per order. So it is told not to,
 * and to plan each prepared statement once. Not for reports.
 */
export const PLANNER_SETTINGS =
  '-c enable_seqscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan -c jit=off';
