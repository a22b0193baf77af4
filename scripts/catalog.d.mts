export const listFile: string;
export function catalogList(): Promise<string>;
