import { pauseImage } from './images.ts';

export const nodeName = 'ec2-real-1';
export const nodeAddress = '172.31.10.11';

const socket = '/run/containerd/containerd.sock';

/** containerd 1.6 with runc. Everything lies in its default folders, which belong to the box. */
export function containerdConfiguration(): string {
  return `version = 2
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs",
  "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper", "io.containerd.internal.v1.opt"]
[grpc]
  address = "${socket}"
[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${pauseImage}"
  stream_server_address = "127.0.0.1"
  stream_server_port = "0"
  disable_apparmor = true
  # a machine without CAP_SYS_RESOURCE refuses to lower oom_score_adj, and no sandbox would start
  restrict_oom_score_adj = true
  [plugins."io.containerd.grpc.v1.cri".registry]
    config_path = "/run/node/certs.d"
  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "/usr/lib/cni"
    conf_dir = "/run/node/cni"
  [plugins."io.containerd.grpc.v1.cri".containerd]
    snapshotter = "overlayfs"
    default_runtime_name = "runc"
    [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
      runtime_type = "io.containerd.runc.v2"
      [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
        SystemdCgroup = false
        BinaryName = "/usr/sbin/runc"
`;
}

/** A bridge for the pods, with no rule of iptables. */
export function networkConfiguration(): object {
  const ipam = { type: 'host-local', ranges: [[{ subnet: '10.244.1.0/24' }]], routes: [{ dst: '0.0.0.0/0' }] };
  const bridge = { type: 'bridge', bridge: 'pods', isGateway: true, ipMasq: false, hairpinMode: true, ipam };
  return { cniVersion: '0.4.0', name: 'pods', plugins: [bridge] };
}

/** The cgroup must exist: a kubelet removes every pod cgroup under it that it does not know. */
export function kubeletConfiguration(cgroup: string, leaseSeconds: number): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: nodeAddress,
    healthzBindAddress: '127.0.0.1',
    // nobody outside the box reaches this address, so logs and exec need no certificates
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: 'AlwaysAllow' },
    containerRuntimeEndpoint: `unix://${socket}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: `/${cgroup}`,
    // refused by default from 1.35 on
    failCgroupV1: false,
    failSwapOn: false,
    makeIPTablesUtilChains: false,
    providerID: 'aws:///us-east-1a/i-00000000000000001',
    resolvConf: '',
    volumePluginDir: '/var/lib/node/volume-plugins',
    maxOpenFiles: 16384,
    nodeStatusUpdateFrequency: '5s',
    nodeLeaseDurationSeconds: leaseSeconds,
    // the machine's disk is no concern of these pods
    imageGCHighThresholdPercent: 100,
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
    },
    serializeImagePulls: false,
    kubeAPIQPS: 100,
    kubeAPIBurst: 200,
  };
}
