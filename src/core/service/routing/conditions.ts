import type { NextCondition } from '../../../base/conditions.ts';
import type { ServiceWorld } from '../world.ts';

/** What keeps the tasks of a service from being reached as it asks; absent when nothing does. */
export function routingConditions({ service, routing }: ServiceWorld): NextCondition[] {
  if (!routing) return [];
  const lacksBindings = (service.spec.loadBalancers ?? []).length > 0 && !routing.servesBindings;
  const parts = [...routing.taken.map(takenPart), ...(lacksBindings ? [bindingPart] : [])];
  if (parts.length === 0) return [];
  return [
    {
      type: 'RoutingIncomplete',
      status: 'True',
      reason: routing.taken.length > 0 ? 'NameTaken' : 'TargetGroupBindingMissing',
      message: parts.join(' '),
      observedGeneration: service.metadata.generation ?? 0,
    },
  ];
}

function takenPart(name: string): string {
  return `The core Service ${name} of this namespace belongs to somebody else and is left alone: the tasks are not reached by that name until it is deleted.`;
}

const bindingPart =
  'The cluster has no TargetGroupBinding (elbv2.k8s.aws/v1beta1): the tasks are registered in no target group until the AWS Load Balancer Controller is installed, which is looked for once a minute.';
