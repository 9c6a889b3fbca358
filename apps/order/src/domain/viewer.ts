/** Whose orders a statement may read or lock: those of one customer, or all. */
export type Viewer = { readonly customerId: string } | 'everyone';
