import { loadAwsServiceSpec } from '@aws-cdk/aws-service-spec';
import { describe, expect, it } from 'vitest';
import { checkAgainstSpec, checkReferences } from './spec.ts';
import { Template } from './template.ts';

const spec = await loadAwsServiceSpec();

function queue(properties: Record<string, unknown>): Template {
  return Template.parse({ Resources: { Q: { Type: 'AWS::SQS::Queue', Properties: properties } } });
}

describe('checkAgainstSpec', () => {
  it.each([
    ['a misspelt property', queue({ VisibilityTimout: 30 }), ['Q: there is no property VisibilityTimout']],
    ['a text for a number', queue({ DelaySeconds: '3' }), ['Q.DelaySeconds: expected integer, found "3"']],
    [
      'a fraction for a whole number',
      queue({ DelaySeconds: 1.5 }),
      ['Q.DelaySeconds: expected integer, found 1.5'],
    ],
    ['a text for a flag', queue({ FifoQueue: 'yes' }), ['Q.FifoQueue: expected boolean, found "yes"']],
    ['a value for a list', queue({ Tags: 'a' }), ['Q.Tags: expected a list, found "a"']],
    [
      'a reference that gives text for a number',
      queue({ DelaySeconds: { Ref: 'AWS::Region' } }),
      ['Q.DelaySeconds: expected integer, found Ref, which gives string'],
    ],
    [
      'a type that does not exist',
      Template.parse({ Resources: { X: { Type: 'AWS::SQS::Que' } } }),
      ['X: there is no type AWS::SQS::Que'],
    ],
    [
      'a required property left out',
      Template.parse({
        Resources: { S: { Type: 'AWS::SNS::Subscription', Properties: { Protocol: 'sqs' } } },
      }),
      ['S: TopicArn is required'],
    ],
    [
      'a misspelt property deep inside',
      Template.parse({
        Resources: {
          B: {
            Type: 'AWS::S3::Bucket',
            Properties: { CorsConfiguration: { CorsRules: [{ AllowedMethod: ['GET'] }] } },
          },
        },
      }),
      [
        'B.CorsConfiguration.CorsRules[0]: AllowedMethods is required',
        'B.CorsConfiguration.CorsRules[0]: AllowedOrigins is required',
        'B.CorsConfiguration.CorsRules[0]: there is no property AllowedMethod',
      ],
    ],
  ])('finds %s', (_, template, complaints) => {
    expect(checkAgainstSpec(template, spec)).toEqual(complaints);
  });

  it('is content with a good one', () => {
    const good = {
      DelaySeconds: 3,
      QueueName: { 'Fn::Sub': `a-\${AWS::Region}` },
      Tags: [{ Key: 'a', Value: 'b' }],
    };
    expect(checkAgainstSpec(queue(good), spec)).toEqual([]);
  });
});

describe('checkReferences', () => {
  it.each([
    ['a Ref', { Ref: 'Nobody' }, ['template.Q.Properties.QueueName: nothing is named Nobody']],
    [
      'a GetAtt',
      { 'Fn::GetAtt': ['Nobody', 'Arn'] },
      ['template.Q.Properties.QueueName: nothing is named Nobody'],
    ],
    [
      'an attribute',
      { 'Fn::GetAtt': ['Q', 'Arm'] },
      ['template.Q.Properties.QueueName: AWS::SQS::Queue has no attribute Arm'],
    ],
    ['a Sub', { 'Fn::Sub': `x-\${Nobody}` }, ['template.Q.Properties.QueueName: nothing is named Nobody']],
    [
      'an attribute in a Sub',
      { 'Fn::Sub': `\${Q.Arm}` },
      ['template.Q.Properties.QueueName: AWS::SQS::Queue has no attribute Arm'],
    ],
  ])('finds %s that leads nowhere', (_, value, complaints) => {
    expect(checkReferences(queue({ QueueName: value }), spec)).toEqual(complaints);
  });

  it('finds outputs, dependencies and conditions that lead nowhere', () => {
    const template = Template.parse({
      Resources: { Q: { Type: 'AWS::SQS::Queue', DependsOn: 'Gone', Condition: 'Never' } },
      Outputs: { Url: { Value: { Ref: 'Lost' } } },
    });
    expect(checkReferences(template, spec)).toEqual([
      'template.Outputs.Url.Value: nothing is named Lost',
      'Q: depends on Gone, which is not there',
      'Q: no condition Never',
    ]);
  });

  it('knows escapes, own variables and pseudo parameters', () => {
    const value = {
      'Fn::Sub': [`\${!literal} \${own} \${AWS::Region} \${Q.Arn}`, { own: { Ref: 'AWS::AccountId' } }],
    };
    expect(checkReferences(queue({ QueueName: value }), spec)).toEqual([]);
  });
});
