/** The states that a primary can be in. */
export const PRIMARY_STATES = ['up', 'degraded', 'down', 'recovering'] as const;
