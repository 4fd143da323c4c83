/** Where a running command tells a person what it is doing. */
export type Progress = (line: string) => void;
