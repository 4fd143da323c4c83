import assert from 'node:assert/strict';
import { describe, it } from 'mocha';
import { everyReference, podOf } from '../../../support/written-pod.ts';

const uploads = { name: 'uploads-a24b2388', mountPath: '/uploads' };
const scratch = { name: 'scratch', mountPath: '/scratch' };
const disk = { memory: '128Mi', 'ephemeral-storage': '200Gi' };
const securityContext = { readOnlyRootFilesystem: false, privileged: false };

describe('renderPod', () => {
  it('renders a task with every reference', () => {
    const { topologySpreadConstraints: _spread, ...spec } = podOf(everyReference).spec;
    assert.deepEqual(spec, {
      restartPolicy: 'Never',
      serviceAccountName: 'default',
      enableServiceLinks: false,
      terminationGracePeriodSeconds: 30,
      nodeSelector: { 'kubernetes.io/os': 'linux' },
      tolerations: [
        { key: 'dedicated', value: 'shop', effect: 'NoExecute', tolerationSeconds: 60 },
        { operator: 'Exists' },
      ],
      priorityClassName: 'system-cluster-critical',
      securityContext: {
        seccompProfile: { type: 'RuntimeDefault' },
        fsGroup: 1000,
        fsGroupChangePolicy: 'OnRootMismatch',
        supplementalGroups: [2000],
      },
      imagePullSecrets: [{ name: 'registry' }, { name: 'mirror' }],
      volumes: [
        { name: 'uploads-a24b2388', persistentVolumeClaim: { claimName: 'uploads' } },
        { name: 'scratch', emptyDir: {} },
        { name: 'node', hostPath: { path: '/var/lib/shop' } },
        { name: 'claimed', persistentVolumeClaim: { claimName: 'claimed' } },
        { name: 'empty', emptyDir: {} },
        {
          name: 'ecs-operator-secrets',
          csi: {
            driver: 'secrets-store.csi.k8s.io',
            readOnly: true,
            volumeAttributes: { secretProviderClass: 'shop' },
          },
        },
      ],
      containers: [
        {
          name: 'web-server-74c0d1c1',
          image: 'shop/web:1',
          imagePullPolicy: 'Always',
          env: [
            { name: 'MODE', value: 'production' },
            { name: 'PASSWORD', valueFrom: { secretKeyRef: { name: 'shop', key: 'password' } } },
            { name: 'TOKEN', valueFrom: { secretKeyRef: { name: 'shop.api', key: 'token' } } },
          ],
          envFrom: [{ configMapRef: { name: 'web-env' } }, { configMapRef: { name: 'web' } }],
          volumeMounts: [
            uploads,
            scratch,
            { name: 'node', mountPath: '/node', readOnly: true },
            { name: 'ecs-operator-secrets', mountPath: '/mnt/secrets-store', readOnly: true },
          ],
          resources: { requests: disk, limits: disk },
          securityContext,
        },
        {
          name: 'log',
          image: 'shop/web:1',
          imagePullPolicy: 'Always',
          volumeMounts: [
            { ...uploads, readOnly: true },
            { ...scratch, readOnly: true },
            { name: 'node', mountPath: '/node', readOnly: true },
          ],
          resources: { requests: { memory: '128Mi' }, limits: { memory: '128Mi' } },
          securityContext,
        },
      ],
    });
  });
});
