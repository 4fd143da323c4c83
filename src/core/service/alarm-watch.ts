/** How an alarm is, in CloudWatch's words: an alert that is only pending is OK. */
export type AlarmState = 'OK' | 'ALARM' | 'INSUFFICIENT_DATA';

/** What the last look at an alarm has shown. */
export interface AlarmReading {
  readonly state: AlarmState;
  /** How long it may take from what is wrong to ALARM, ms; absent where nobody knows. */
  readonly delayMs?: number;
  /** Why there is no data, in Prometheus's words. */
  readonly error?: string;
}

/** An alarm as a service has it: an alerting rule by its name, or a PromQL expression. */
export interface NamedAlarm {
  readonly name: string;
  readonly expression?: string;
}

/** What is known of the alarms of a deployment. Nothing that was read before the deployment was there counts. */
export type AlarmWatch =
  /** Nobody looks: it is not said where Prometheus is. */
  | { readonly kind: 'off' }
  /** The first look is under way. */
  | { readonly kind: 'waiting'; readonly nextAtMs: number }
  /** The last look has failed. */
  | { readonly kind: 'failed'; readonly error: string; readonly nextAtMs: number }
  | {
      readonly kind: 'read';
      /** By the names of alarms; those that do not exist are not in it. */
      readonly readings: ReadonlyMap<string, AlarmReading>;
      /** Every alerting rule there is. */
      readonly ruleNames: readonly string[];
      /** When there is something new to see, epoch ms. */
      readonly nextAtMs: number;
    };

/** Who looks at alarms. */
export interface AlarmPort {
  /**
   * What is known of the alarms of a deployment. Asking is what has them looked at: the first look follows at once,
   * others at intervals, until nobody has asked for a minute.
   * @param deployment anything that no other deployment is called.
   */
  readonly watch: (deployment: string, alarms: readonly NamedAlarm[]) => AlarmWatch;
}
