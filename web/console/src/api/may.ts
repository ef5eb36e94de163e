import type { Me } from './schema'

type Verb = 'create' | 'read' | 'update' | 'delete'

/** Whether somebody's role lets them do something with an object's records; the service decides in the end. */
export function may(me: Me | undefined, object: string, verb: Verb): boolean {
  if (!me) return false
  const { all } = me.permissions
  const objects = (me.permissions.objects ?? {}) as Record<string, readonly string[]>
  const verbs = objects[object] ?? objects['*'] ?? []
  return all === true || verbs.includes(verb)
}
