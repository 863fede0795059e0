/** A count as it is read: "10,000". */
export const digits = (count: number): string => count.toLocaleString('en');
