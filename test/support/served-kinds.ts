import assert from 'node:assert/strict';
import type { Kind } from '../../src/api/kind.ts';
import { group, version } from '../../src/api/meta.ts';
import { crdName, renderCrd } from '../../src/codegen/crds.ts';
import { eventually, type ApiServer } from './api-server.ts';

/** Applies the CRD of a kind and waits until the server serves it. */
export async function install(server: ApiServer, kind: Kind): Promise<void> {
  const path = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${crdName(kind)}`;
  const { status, body } = await server({
    method: 'PATCH',
    path: `${path}?fieldManager=test&force=true&fieldValidation=Strict`,
    body: renderCrd(kind),
    contentType: 'application/apply-patch+yaml',
  });
  assert(status === 200 || status === 201, `${crdName(kind)}: ${String(body['message'])}`);
  await eventually(`${crdName(kind)} is served`, async () => {
    const list = await server({ method: 'GET', path: `/apis/${group}/${version}/${kind.plural}?limit=1` });
    return list.status === 200;
  });
}
