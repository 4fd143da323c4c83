import type { LaunchType } from '../../api/placement.ts';

/** How a service or a task is launched that says so itself, or leaves it open: EC2 then, as on ECS. */
export function launchTypeOf({ launchType }: { readonly launchType?: LaunchType | undefined }): LaunchType {
  return launchType ?? 'EC2';
}
