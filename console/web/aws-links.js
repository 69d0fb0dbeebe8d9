/**
 * Where AWS's own consoles show what the page shows. `aws` is the page's `config.aws`: null on the local stage, whose
 * resources no console knows; then there is no link.
 */

/** An execution in the Step Functions console, or null. */
export function executionLink(aws, arn) {
  return aws && { label: "Step Functions", href: `${home(aws, "states")}#/v2/executions/details/${arn}` };
}

/** The log groups of a stage's functions in CloudWatch, one a function, or null. The stage is told by an execution's ARN. */
export function functionLogsLink(aws, executionArn) {
  const stage = /:onair-(.+)-[a-z]+-[a-z]+:[^:]+$/.exec(executionArn)?.[1];
  if (!aws || !stage) return null;
  const prefix = inFragment(`/aws/lambda/onair-${stage}-`);
  return {
    label: "Functions' logs",
    href: `${home(aws, "cloudwatch")}#logsV2:log-groups$3FlogGroupNameFilter$3D${prefix}`,
  };
}

/** A flow in the MediaConnect console, or null. */
export function flowLink(aws, arn) {
  return aws && { label: "MediaConnect flow", href: `${home(aws, "mediaconnect")}#/flows/${arn}` };
}

/** The consoles that show a resource of a session's ledger; `flowArn`: the flow that an output belongs to. */
export function resourceLinks(aws, resource, flowArn) {
  if (!aws || !resource?.id) return [];
  switch (resource.kind) {
    case "channel":
      return [
        { label: "MediaLive channel", href: `${home(aws, "medialive")}#/channels/${resource.id}` },
        { label: "The channel's metrics", href: `${home(aws, "cloudwatch")}#metricsV2:${channelMetrics(resource.id)}` },
      ];
    case "input":
      return [{ label: "MediaLive input", href: `${home(aws, "medialive")}#/inputs/${resource.id}` }];
    case "flow_output":
      return flowArn ? [flowLink(aws, flowArn)] : [];
    case "ivs_channel":
      return [{ label: "IVS channels", href: `https://${aws.region}.console.aws.amazon.com/ivs/channels` }];
    default:
      return [];
  }
}

function home(aws, service) {
  return `https://${aws.region}.console.aws.amazon.com/${service}/home?region=${aws.region}`;
}

/** What CloudWatch's list of metrics is narrowed to: "AWS/MediaLive ChannelId 1234567", written as its address wants it. */
function channelMetrics(id) {
  return `graph=~();query=~'AWS*2fMediaLive*20ChannelId*20${id}`;
}

/** CloudWatch's logs console encodes twice, with `$` in the place of the second `%`. */
function inFragment(text) {
  return encodeURIComponent(encodeURIComponent(text)).replaceAll("%", "$");
}
