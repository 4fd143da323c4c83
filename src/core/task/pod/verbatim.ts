/** Kubernetes expands `$(NAME)` and reads `$$` as `$` in these texts; ECS does neither, so both are escaped. */
export function verbatim(text: string): string {
  return text.replace(/\$(?=[$(])/g, '$$$$');
}
