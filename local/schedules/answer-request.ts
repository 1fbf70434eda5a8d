import { readDefinition, readName } from './definition.ts';
import { timingOf } from './expression.ts';
import { scheduleArn } from './invoke-target.ts';
import type { PlanNext } from './plan-next.ts';
import type { ScheduleStore, StoredSchedule } from './schedule-store.ts';
import { SchedulerError } from './scheduler-error.ts';

export interface SchedulerRequest {
  readonly method: string;
  /** What is between slashes, decoded. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
}

export interface AnswerDependencies {
  readonly store: ScheduleStore;
  readonly now: () => number;
  readonly planNext: PlanNext;
}

/** EventBridge Scheduler has times in seconds. */
const seconds = (time: number): number => time / 1000;
const groupArn = (name: string): string =>
  scheduleArn(name, '').replace(':schedule/', ':schedule-group/').replace(/\/$/, '');

/**
 * Answers a request of EventBridge Scheduler's REST-JSON protocol: the operations on schedules and on their groups.
 * @returns the answer's body
 * @throws SchedulerError if it is refused
 */
export function answerRequest(request: SchedulerRequest, deps: AnswerDependencies): unknown {
  const { method, path, query, body } = request;
  const [, collection = '', ...rest] = path;
  const name = rest.length === 0 ? undefined : readName(rest.join('/'));
  const operation = `${method} ${collection}${name === undefined ? '' : '/'}`;
  const group = query.get('groupName') ?? 'default';
  switch (operation) {
    case 'POST schedules/':
      return createSchedule(name ?? '', body, deps);
    case 'PUT schedules/':
      return updateSchedule(name ?? '', body, deps);
    case 'GET schedules/':
      return shown(requireSchedule(group, name ?? '', deps));
    case 'DELETE schedules/':
      deps.store.remove(requireSchedule(group, name ?? '', deps));
      return {};
    case 'GET schedules':
      return { Schedules: listed(query, deps) };
    default:
      return answerForGroup(operation, name ?? '', deps);
  }
}

function answerForGroup(operation: string, name: string, { store, now }: AnswerDependencies): unknown {
  switch (operation) {
    case 'POST schedule-groups/':
      if (!store.createGroup(name, now()))
        throw new SchedulerError('ConflictException', `Schedule group ${name} already exists.`);
      return { ScheduleGroupArn: groupArn(name) };
    case 'GET schedule-groups/':
      return shownGroup(store.requireGroup(name));
    case 'DELETE schedule-groups/':
      store.deleteGroup(name);
      return {};
    case 'GET schedule-groups':
      return { ScheduleGroups: store.groups().map(shownGroup) };
    default:
      throw new SchedulerError('ValidationException', `Not supported on this machine: ${operation}`);
  }
}

function createSchedule(name: string, body: unknown, deps: AnswerDependencies): unknown {
  const { store, now } = deps;
  const created = newSchedule(name, body, deps);
  const { GroupName } = created.definition;
  if (!store.create({ ...created, created: now() }))
    throw new SchedulerError('ConflictException', `Schedule ${name} already exists.`);
  return { ScheduleArn: scheduleArn(GroupName, name) };
}

function updateSchedule(name: string, body: unknown, deps: AnswerDependencies): unknown {
  const updated = newSchedule(name, body, deps);
  const { GroupName } = updated.definition;
  const former = requireSchedule(GroupName, name, deps);
  deps.store.remove(former);
  deps.store.create({ ...updated, created: former.created });
  return { ScheduleArn: scheduleArn(GroupName, name) };
}

/** @throws SchedulerError if it is not valid, or would never fire */
function newSchedule(name: string, body: unknown, { store, now, planNext }: AnswerDependencies) {
  const { ClientToken: _token, ...definition } = readDefinition(body);
  store.requireGroup(definition.GroupName);
  const { isRecurring } = timingOf(definition);
  const plan = planNext(definition, now());
  if (plan.scheduledAt === null)
    throw new SchedulerError('ValidationException', `${definition.ScheduleExpression} has no time ahead.`);
  return { name, definition, isRecurring, ...plan };
}

function requireSchedule(group: string, name: string, { store }: AnswerDependencies): StoredSchedule {
  store.requireGroup(group);
  const found = store.find(group, name);
  if (found) return found;
  throw new SchedulerError('ResourceNotFoundException', `Schedule ${name} does not exist.`);
}

const shown = ({ name, created, definition }: StoredSchedule) => ({
  ...definition,
  Name: name,
  Arn: scheduleArn(definition.GroupName, name),
  CreationDate: seconds(created),
});

/** All of them: there are no pages here. */
function listed(query: URLSearchParams, { store }: AnswerDependencies) {
  const group = query.get('ScheduleGroup');
  if (group !== null) store.requireGroup(group);
  const prefix = query.get('NamePrefix') ?? '';
  return store
    .list()
    .filter(
      ({ name, definition }) =>
        name.startsWith(prefix) && (group ?? definition.GroupName) === definition.GroupName,
    )
    .map(({ name, created, definition: { GroupName, State, Target } }) => ({
      Name: name,
      GroupName,
      State,
      Arn: scheduleArn(GroupName, name),
      CreationDate: seconds(created),
      Target: { Arn: Target.Arn },
    }));
}

const shownGroup = ({ name, created }: { readonly name: string; readonly created: number }) => ({
  Name: name,
  Arn: groupArn(name),
  State: 'ACTIVE',
  CreationDate: seconds(created),
});
