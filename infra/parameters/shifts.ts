import type { StageParameters } from './parameter.ts';

interface Shift {
  /** How CodeDeploy calls it. */
  readonly config: string;
  /** What its alarms look at: as long as the new version has a part of the calls, up to 30 minutes. */
  readonly windowMinutes: number;
}

const canary = (minutes: number): Shift => ({
  config: `CodeDeployDefault.LambdaCanary10Percent${minutes}Minutes`,
  windowMinutes: minutes,
});
const linear = (minutes: number): Shift => ({
  config: `CodeDeployDefault.LambdaLinear10PercentEvery${minutes}Minute${minutes === 1 ? '' : 's'}`,
  windowMinutes: 10 * minutes,
});

/** The ways in which a deployment can move calls to a new version. */
export const shifts: Readonly<Record<string, Shift>> = {
  '10percent5minutes': canary(5),
  '10percent10minutes': canary(10),
  '10percent15minutes': canary(15),
  '10percent30minutes': canary(30),
  '10percentEvery1minute': linear(1),
  '10percentEvery2minutes': linear(2),
  '10percentEvery3minutes': linear(3),
};

/** Its alarms compare with metrics that the watch makes. */
export const problemsOfCanary = ({ canary: mode, watch }: StageParameters): readonly string[] =>
  Object.hasOwn(shifts, String(mode)) && watch === 'off'
    ? [`canary is ${mode}, and watch is off: nothing would undo a deployment. Set watch to core.`]
    : [];
