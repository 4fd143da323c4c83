# When the pod's status is next to change: a duration for a pod not yet started, else the earliest time of those below,
# or nothing at all when it stays as it is. pod-status.gotmpl must change something at every time named here, because
# KWOK looks again only when the object changes.
def fate:
  ((.image | capture("(^|/)fate/(?<name>[a-z]+(-[a-z]+)*)(-(?<code>[0-9]+))?(/(?<after>[0-9]+)s)?")) // {name: "none"})
  | .after = (.after // {exit: 2, "crash-later": 15, slow: 10, "unhealthy-later": 15, "pull-error": 5}[.name] // 1
    | tonumber);

if .status.containerStatuses == null then "400ms"
else
  . as $pod
  | (.status.startTime | fromdate) as $start
  | [
      (select(.spec.activeDeadlineSeconds) | $start + .spec.activeDeadlineSeconds
        + if any(.spec.containers[].image; test("(^|/)fate/ignore-term"))
          then .spec.terminationGracePeriodSeconds else 0 end),

      # a readiness gate was opened or closed by whoever owns it
      (select(.spec.readinessGates)
        | def isTrue($type): any(.status.conditions[]?; .type == $type and .status == "True");
          (isTrue("ContainersReady") and all(.spec.readinessGates[].conditionType as $gate | isTrue($gate); .)) as $open
        | if isTrue("Ready") == $open then empty else (now | floor) end),

      ((.status.containerStatuses + (.status.initContainerStatuses // []))[] as $status
        | (.spec.containers + (.spec.initContainers // []))[]
        | select(.name == $status.name)
        | (.restartPolicy == "Always") as $sidecar
        | fate as $fate
        | if $status.state.running then
            ($status.state.running.startedAt | fromdate) as $begun
            | ($begun + $fate.after) as $turn
            | (if ($fate.name == "exit" or $fate.name == "crash-later") and ($sidecar | not) then $turn
               elif $fate.name == "unhealthy-later" and $status.ready then $turn
               elif $fate.name == "slow" and ($status.ready | not) then $turn
               else empty end),
              (if $status.ready or $fate.name == "never-ready" or $fate.name == "slow"
                  or ($fate.name == "unhealthy-later" and now >= $turn) then empty
               else $begun + 1 end)
          elif $status.state.waiting.reason == "ErrImagePull" then $start + $fate.after
          else empty end)
    ]
  | min // empty
  | todate
end
